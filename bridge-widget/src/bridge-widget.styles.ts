/** What there is to see before anybody has opted in; the rest comes with what it is for. */
export const styles = `
  :host {
    --_accent: var(--bridge-accent, light-dark(#0b7a66, #3fd3b4));
    --_surface: var(--bridge-surface, light-dark(#fff, #16201f));
    --_text: var(--bridge-text, light-dark(#13211f, #e8f1ef));
    --_muted: var(--bridge-muted, light-dark(#52635f, #9db2ad));
    --_border: var(--bridge-border, light-dark(#d8e2df, #2b3a38));
    --_track: light-dark(#768a85, #6f8580);
    display: block;
    container-type: inline-size;
    /* What a flex container takes it for, which may still make it narrower. */
    contain-intrinsic-inline-size: 34rem;
    color: var(--_text);
    font: 0.9375rem / 1.5 var(--bridge-font, system-ui, sans-serif);
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h2,
  p {
    margin: 0;
  }
  button {
    position: relative;
    flex: none;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
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
  }
  svg {
    flex: none;
    inline-size: 1.125rem;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
  }
  .mark {
    inline-size: 2.75rem;
    border-radius: 25%;
    background: color-mix(in srgb, var(--_accent) 12%, transparent);
    color: var(--_accent);
    stroke-width: 2.5;
  }
  .thin {
    stroke-width: 1.6;
  }
  circle {
    fill: currentColor;
    stroke: none;
    opacity: 0;
  }

  .root {
    position: relative;
  }
  .base {
    box-sizing: border-box;
    max-inline-size: 34rem;
    padding: 1.5rem;
    border: 1px solid var(--_border);
    border-radius: var(--bridge-radius, 1rem);
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
  }
  h2 {
    font-size: 1.1875rem;
    font-weight: 650;
    line-height: 1.3;
    text-wrap: balance;
  }
  .status,
  .quiet {
    color: var(--_muted);
  }
  .light {
    display: inline-block;
    inline-size: 0.5rem;
    block-size: 0.5rem;
    margin-inline-end: 0.5rem;
    border-radius: 50%;
    background: var(--_track);
  }
  .about {
    display: grid;
    gap: 0.75rem;
    margin-block-start: 1.125rem;
  }
  .promise {
    padding-inline-start: 0.875rem;
    border-inline-start: 2px solid var(--_accent);
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 1rem;
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
    font-size: 0.875rem;
    text-align: start;
  }
  .quiet:hover,
  [aria-expanded='true'] {
    color: var(--_text);
  }

  .toggle {
    inline-size: 3.5rem;
    block-size: 2rem;
    border-radius: 999px;
    background: var(--_track);
    transition: background-color 0.2s;
  }
  /* A larger target for fingers. */
  .toggle::after {
    content: '';
    position: absolute;
    inset: -0.5rem;
  }
  .toggle:disabled {
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
    background: #fff;
    transition: inset-inline-start 0.2s;
  }
  [aria-checked='true'] {
    background: var(--_accent);
    .thumb {
      inset-inline-start: 1.75rem;
    }
  }

  :host([layout='switch']) {
    display: inline-block;
    max-inline-size: 100%;
    container-type: normal;
  }
  .switch {
    .base {
      display: grid;
      grid-template-columns: 1fr auto;
      align-items: center;
      gap: 0 0.5rem;
      padding: 0;
      border: 0;
      background: none;
    }
    .mark,
    .about,
    .foot span {
      display: none;
    }
    .head {
      gap: 0.75rem;
    }
    .words {
      display: flex;
      flex-wrap: wrap;
      gap: 0 0.75rem;
    }
    h2 {
      font-size: inherit;
      line-height: inherit;
    }
    .toggle {
      order: -1;
      /* No transform: by that of a page, a browser takes it for hidden. */
      zoom: 0.8;
    }
    .foot {
      flex-wrap: nowrap;
      gap: 0;
      margin: 0;
      padding: 0;
      border: 0;
    }
  }

  .banner .base {
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
    .banner {
      .base {
        display: grid;
        grid-template-columns: auto minmax(11rem, 1.2fr) minmax(0, 2fr) auto auto;
        align-items: center;
        gap: 0 1.25rem;
      }
      .head {
        display: contents;
      }
      .about,
      .foot {
        gap: 0.25rem;
        margin: 0;
        padding: 0;
        border: 0;
        font-size: 0.875rem;
      }
      .mark,
      .words,
      .about,
      .toggle,
      .foot {
        grid-area: 1 / 1;
      }
      .words {
        grid-column: 2;
      }
      .about {
        grid-column: 3;
      }
      .toggle {
        grid-column: 4;
      }
      .foot {
        display: grid;
        grid-column: 5;
      }
      .foot .quiet {
        justify-content: start;
        min-block-size: 1.5rem;
      }
    }
  }

  :host([layout='floating']) {
    position: fixed;
    inset-block: var(--bridge-inset-block, auto 1rem);
    inset-inline: var(--bridge-inset-inline, auto 1rem);
    z-index: var(--bridge-z-index, 1000);
    max-inline-size: calc(100% - 2rem);
    container-type: normal;
  }
  .floating {
    .base {
      inline-size: 23rem;
      max-inline-size: 100%;
      max-block-size: min(34rem, 62dvb);
      padding: 1.125rem 1.25rem;
      overflow: auto;
      outline: 0;
    }
    .base,
    .launcher {
      box-shadow: 0 0.5rem 2rem rgb(0 20 16 / 0.2);
    }
    .base .mark {
      display: none;
    }
    h2 {
      font-size: 1.0625rem;
    }
  }
  .launcher,
  .open {
    display: flex;
    align-items: center;
    border-radius: 999px;
  }
  .launcher {
    border: 1px solid var(--_border);
    background: var(--_surface);
  }
  .open {
    gap: 0.625rem;
    min-block-size: 3rem;
    padding-inline: 0.375rem 1rem;
    font-weight: 600;
    .mark {
      inline-size: 2.25rem;
      border-radius: 50%;
    }
  }
  .launcher .quiet {
    margin-inline-end: 0.375rem;
  }
  .launcher .toggle {
    zoom: 0.8;
  }
  /* What is fixed has no container but the window. */
  @media (max-width: 30rem) {
    .label {
      display: none;
    }
    .open {
      padding-inline-end: 0.375rem;
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
    .toggle,
    .light {
      border: 1px solid;
    }
    .thumb {
      background: ButtonText;
    }
  }
`
