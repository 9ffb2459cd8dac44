import { type CSSResult, css } from 'lit'

export const styles: CSSResult = css`
  :host {
    color-scheme: light dark;
    --_accent: var(--bridge-accent, light-dark(#0b7a66, #3fd3b4));
    --_surface: var(--bridge-surface, light-dark(#ffffff, #16201f));
    --_text: var(--bridge-text, light-dark(#13211f, #e8f1ef));
    --_muted: var(--bridge-muted, light-dark(#52635f, #9db2ad));
    --_border: var(--bridge-border, light-dark(#d8e2df, #2b3a38));
    --_track: light-dark(#8fa29d, #5b706b);
    --_warn: light-dark(#9a5b00, #f0b35a);
    --_radius: var(--bridge-radius, 1rem);
    display: block;
    color: var(--_text);
    font-family: var(--bridge-font, system-ui, sans-serif);
    line-height: 1.5;
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }

  .base {
    box-sizing: border-box;
    max-inline-size: 34rem;
    padding: 1.5rem;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .row {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 1.25rem;
  }
  h2,
  p,
  dl,
  dd {
    margin: 0;
  }
  h2 {
    font-size: 1.125rem;
    font-weight: 650;
    line-height: 1.3;
    text-wrap: balance;
  }
  p {
    margin-block-start: 0.75rem;
    font-size: 0.9375rem;
  }

  button {
    position: relative;
    flex: none;
    box-sizing: border-box;
    inline-size: 3.75rem;
    block-size: 2.25rem;
    padding: 0;
    border: 0;
    border-radius: 999px;
    background: var(--_track);
    cursor: pointer;
    transition: background-color 0.2s;
    -webkit-tap-highlight-color: transparent;
  }
  /* A larger target for fingers. */
  button::after {
    content: '';
    position: absolute;
    inset: -0.5rem;
  }
  button:focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 3px;
  }
  button:disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .thumb {
    position: absolute;
    inset-block-start: 0.25rem;
    inset-inline-start: 0.25rem;
    inline-size: 1.75rem;
    block-size: 1.75rem;
    border-radius: 50%;
    background: #ffffff;
    box-shadow: 0 1px 3px rgb(0 0 0 / 0.35);
    transition: inset-inline-start 0.2s;
  }
  button[aria-checked='true'] {
    background: var(--_accent);
  }
  button[aria-checked='true'] .thumb {
    inset-inline-start: 1.75rem;
  }

  .status {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
    font-weight: 550;
  }
  .light {
    flex: none;
    inline-size: 0.625rem;
    block-size: 0.625rem;
    border-radius: 50%;
    background: var(--_track);
  }
  [data-state='testing'] .light,
  [data-state='connecting'] .light,
  [data-state='waiting'] .light,
  [data-state='helping'] .light {
    background: var(--_accent);
  }
  :is([data-state='testing'], [data-state='connecting']) .light {
    animation: breathe 1s ease-in-out 20 alternate;
  }
  [data-state='helping'] .light {
    box-shadow: 0 0 0 0.25rem color-mix(in srgb, var(--_accent) 25%, transparent);
  }
  [data-state='paused'] .light,
  [data-state='unsuitable'] .light {
    background: var(--_warn);
  }
  @keyframes breathe {
    to {
      opacity: 0.45;
    }
  }

  #description {
    color: var(--_muted);
  }
  .promise {
    padding-inline-start: 0.875rem;
    border-inline-start: 3px solid var(--_accent);
  }
  .stats {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem 2rem;
    margin-block-start: 1rem;
    padding-block-start: 1rem;
    border-block-start: 1px solid var(--_border);
  }
  dt {
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  dd {
    font-size: 1.0625rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }

  :host([layout='switch']) .base {
    padding: 0;
    border: 0;
    background: none;
  }
  :host([layout='switch']) :is(#description, .promise, .stats) {
    display: none;
  }

  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    button {
      border: 1px solid ButtonText;
      forced-color-adjust: none;
      background: ButtonFace;
    }
    button[aria-checked='true'] {
      background: Highlight;
    }
    .thumb {
      background: ButtonText;
    }
  }
`
