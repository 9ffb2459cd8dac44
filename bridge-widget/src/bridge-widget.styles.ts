import { type CSSResult, css } from 'lit'

export const styles: CSSResult = css`
  :host {
    --_accent: var(--bridge-accent, light-dark(#0b7a66, #3fd3b4));
    --_on-accent: var(--bridge-on-accent, light-dark(#ffffff, #0c1716));
    --_surface: var(--bridge-surface, light-dark(#ffffff, #16201f));
    --_text: var(--bridge-text, light-dark(#13211f, #e8f1ef));
    --_muted: var(--bridge-muted, light-dark(#52635f, #9db2ad));
    --_border: var(--bridge-border, light-dark(#d8e2df, #2b3a38));
    --_track: light-dark(#768a85, #6f8580);
    --_warn: light-dark(#9a5b00, #f0b35a);
    --_radius: var(--bridge-radius, 1rem);
    display: block;
    container-type: inline-size;
    /* What a flex container takes it for, which may still make it narrower. */
    contain-intrinsic-inline-size: 34rem;
    color: var(--_text);
    font: 0.9375rem / 1.5 var(--bridge-font, system-ui, sans-serif);
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
  h2,
  p {
    margin: 0;
  }
  button {
    position: relative;
    flex: none;
    box-sizing: border-box;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 3px;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  svg {
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .icon {
    inline-size: 1.125rem;
    stroke-width: 1.75;
  }
  .root,
  .base {
    position: relative;
  }

  .base {
    box-sizing: border-box;
    max-inline-size: 34rem;
    padding: 1.5rem;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_surface);
    text-align: start;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 1rem;
  }
  .words {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: break-word;
  }
  h2 {
    font-size: 1.1875rem;
    font-weight: 650;
    line-height: 1.3;
    text-wrap: balance;
  }

  .mark {
    box-sizing: border-box;
    inline-size: 2.75rem;
    border-radius: 25%;
    background: color-mix(in srgb, var(--_accent) 12%, transparent);
    color: var(--_accent);
    stroke-width: 2.5;
    transition: 0.3s;
    transition-property: color, background-color;
  }
  .thin {
    stroke-width: 1.6;
  }
  circle {
    fill: currentColor;
    stroke: none;
    opacity: 0;
  }
  [data-state]:not([data-state='off']) .mark {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  [data-state='paused'] .mark,
  [data-state='unsuitable'] .mark {
    background: var(--_track);
    color: var(--_surface);
  }
  /* Somebody crosses, twice: what moves for longer than five seconds would need a button to stop it. */
  [data-state='helping'] circle {
    animation: cross 2.4s ease-in-out 2;
  }
  @keyframes cross {
    20%,
    80% {
      opacity: 1;
    }
    to {
      translate: 20px;
    }
  }

  .switch {
    inline-size: 3.5rem;
    block-size: 2rem;
    border-radius: 999px;
    background: var(--_track);
    transition: background-color 0.2s;
  }
  /* A larger target for fingers. */
  .switch::after {
    content: '';
    position: absolute;
    inset: -0.5rem;
  }
  .switch:disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .thumb {
    position: absolute;
    inset-block-start: 0.25rem;
    inset-inline-start: 0.25rem;
    inline-size: 1.5rem;
    block-size: 1.5rem;
    border-radius: 50%;
    background: #ffffff;
    box-shadow: 0 1px 3px rgb(0 0 0 / 0.35);
    transition: inset-inline-start 0.2s;
  }
  .switch[aria-checked='true'] {
    background: var(--_accent);
  }
  .switch[aria-checked='true'] .thumb {
    inset-inline-start: 1.75rem;
  }

  .status {
    color: var(--_muted);
  }
  .light {
    display: inline-block;
    inline-size: 0.5rem;
    block-size: 0.5rem;
    margin-inline-end: 0.5rem;
    border-radius: 50%;
    background: var(--_track);
    vertical-align: 0.0625rem;
  }
  :is([data-state='testing'], [data-state='connecting'], [data-state='waiting'], [data-state='helping']) .light {
    background: var(--_accent);
  }
  :is([data-state='testing'], [data-state='connecting']) .light {
    animation: breathe 0.8s ease-in-out 6 alternate;
  }
  :is([data-state='paused'], [data-state='unsuitable']) .light {
    background: var(--_warn);
  }
  @keyframes breathe {
    to {
      opacity: 0.3;
    }
  }

  .about {
    display: grid;
    gap: 0.75rem;
    margin-block-start: 1.125rem;
  }
  [data-state]:not([data-state='off']) .description {
    display: none;
  }
  .promise {
    padding-inline-start: 0.875rem;
    border-inline-start: 2px solid var(--_accent);
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0.25rem 1rem;
    margin-block: 1.125rem -0.625rem;
    padding-block-start: 0.625rem;
    border-block-start: 1px solid var(--_border);
  }
  .quiet {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    min-inline-size: 2rem;
    min-block-size: 2.25rem;
    border-radius: 0.5rem;
    color: var(--_muted);
    font-size: 0.875rem;
    text-align: start;
  }
  :is(.quiet:hover, .quiet[aria-expanded='true']) {
    color: var(--_text);
  }
  .more {
    display: grid;
    gap: 0.75rem;
    margin-block-start: 1.125rem;
    padding-block-start: 1.125rem;
    border-block-start: 1px solid var(--_border);
    color: var(--_muted);
    font-size: 0.875rem;
  }
  .more[hidden] {
    display: none;
  }
  strong {
    color: var(--_text);
    font-weight: 600;
  }

  :host([layout='switch']) {
    display: inline-block;
    max-inline-size: 100%;
    container-type: normal;
    vertical-align: middle;
  }
  :host([layout='switch']) .base {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 0.75rem;
    padding: 0;
    border: 0;
    background: none;
  }
  :host([layout='switch']) :is(.mark, .about, .stats, .foot span) {
    display: none;
  }
  :host([layout='switch']) .head {
    flex: 1;
    gap: 0.75rem;
  }
  :host([layout='switch']) .words {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.75rem;
  }
  :host([layout='switch']) h2 {
    font-size: inherit;
    line-height: inherit;
  }
  :host([layout='switch']) .switch {
    order: -1;
    scale: 0.8;
    margin-inline: -0.35rem;
  }
  :host([layout='switch']) .foot {
    flex-wrap: nowrap;
    gap: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  :host([layout='switch']) .more {
    flex: 1 0 100%;
    margin: 0;
  }

  :host([layout='banner']) .base {
    max-inline-size: none;
    padding: 1.125rem clamp(1rem, 3cqi, 2rem);
    border-inline: 0;
    border-radius: 0;
  }
  @container (inline-size < 20rem) {
    .base {
      padding: 1.125rem 1rem;
    }
    .head .mark {
      display: none;
    }
  }
  @container (inline-size >= 48rem) {
    :host([layout='banner']) .base {
      display: grid;
      grid-template-columns: auto minmax(11rem, 1.2fr) minmax(0, 2fr) auto auto;
      align-items: center;
      gap: 0 1.25rem;
    }
    :host([layout='banner']) .head {
      display: contents;
    }
    :host([layout='banner']) :is(.mark, .words, .about, .switch, .foot) {
      grid-row: 1;
      margin: 0;
    }
    :host([layout='banner']) .switch {
      grid-column: 4;
    }
    :host([layout='banner']) .about {
      grid-column: 3;
      gap: 0.25rem;
      font-size: 0.875rem;
      line-height: 1.45;
    }
    :host([layout='banner']) .foot {
      grid-column: 5;
      flex-direction: column;
      gap: 0;
      padding: 0;
      border: 0;
    }
    :host([layout='banner']) .foot .quiet {
      justify-content: start;
      min-block-size: 1.75rem;
      font-size: 0.8125rem;
    }
    :host([layout='banner']) :is(.more, .stats) {
      grid-column: 1 / -1;
    }
  }

  :host([layout='floating']) {
    position: fixed;
    inset-block: var(--bridge-inset-block, auto 1rem);
    inset-inline: var(--bridge-inset-inline, auto 1rem);
    z-index: var(--bridge-z-index, 1000);
    max-inline-size: calc(100vw - 2rem);
    container-type: normal;
  }
  :host([layout='floating']) .base {
    inline-size: min(23rem, 100vw - 2rem);
    max-block-size: min(34rem, 62dvb);
    padding: 1.125rem 1.25rem;
    overflow: auto;
    overscroll-behavior: contain;
    outline: 0;
    box-shadow: 0 0.75rem 2.5rem rgb(0 20 16 / 0.22);
  }
  :host([layout='floating']) :is(.base .mark) {
    display: none;
  }
  :host([layout='floating']) .head {
    align-items: start;
    gap: 0.75rem;
  }
  :host([layout='floating']) .head .quiet {
    min-block-size: 2rem;
    margin-inline-end: -0.5rem;
  }
  .launcher {
    display: flex;
    align-items: center;
    border: 1px solid var(--_border);
    border-radius: 999px;
    background: var(--_surface);
    box-shadow: 0 0.25rem 1rem rgb(0 20 16 / 0.18);
  }
  .open {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    min-block-size: 3rem;
    padding-inline: 0.375rem 1rem;
    border-radius: 999px;
    font-weight: 600;
  }
  .open .mark {
    inline-size: 2.25rem;
    border-radius: 50%;
  }
  .count {
    min-inline-size: 1.5rem;
    border-radius: 999px;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: 0.8125rem;
    line-height: 1.5rem;
    text-align: center;
  }
  .launcher .quiet {
    min-inline-size: 2.25rem;
    margin-inline: -0.625rem 0.375rem;
  }
  /* What is fixed has no container but the window. */
  @media (max-width: 30rem) {
    .label {
      display: none;
    }
    .open {
      padding-inline-end: 0.375rem;
    }
    .launcher .quiet {
      margin-inline-start: 0;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
  @media (prefers-contrast: more) {
    :host {
      --_muted: var(--_text);
      --_border: var(--_text);
      --_track: var(--_text);
    }
  }
  @media (forced-colors: active) {
    .switch {
      border: 1px solid ButtonText;
      forced-color-adjust: none;
      background: ButtonFace;
    }
    .switch[aria-checked='true'] {
      background: Highlight;
    }
    .thumb {
      inset-block-start: 0.1875rem;
      background: ButtonText;
    }
    .switch[aria-checked='true'] .thumb {
      background: HighlightText;
    }
    .light {
      border: 1px solid CanvasText;
    }
  }
`
