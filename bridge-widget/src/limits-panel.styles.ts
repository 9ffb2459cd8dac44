export const limitsStyles = `
  .limits {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
    align-items: start;
    gap: 1.25rem 2.5rem;
  }
  .limit {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: baseline;
    gap: 0 1rem;
    margin: 0;
    padding: 0;
    border: 0;
    min-inline-size: 0;
  }
  .limit > label,
  legend {
    padding: 0;
    color: var(--_text);
    font-weight: 600;
  }
  output {
    color: var(--_text);
    font-size: 0.9375rem;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .slider {
    position: relative;
    grid-column: 1 / -1;
    block-size: 1.75rem;
  }
  progress {
    appearance: none;
    position: absolute;
    inset-block-start: calc(50% - 0.125rem);
    inset-inline: 0.25rem;
    inline-size: calc(100% - 0.5rem);
    block-size: 0.25rem;
    border: 0;
    border-radius: 999px;
    overflow: hidden;
    background: var(--_border);
    color: var(--_accent);
  }
  progress::-webkit-progress-bar {
    background: var(--_border);
  }
  progress::-webkit-progress-value {
    background: var(--_accent);
  }
  progress::-moz-progress-bar {
    background: var(--_accent);
  }
  input[type='range'] {
    appearance: none;
    position: absolute;
    inset: 0;
    inline-size: 100%;
    margin: 0;
    background: none;
    cursor: pointer;
  }
  input[type='range']:focus-visible {
    outline: 0;
  }
  input::-webkit-slider-thumb {
    appearance: none;
    inline-size: 1.375rem;
    block-size: 1.375rem;
    border: 2px solid var(--_accent);
    border-radius: 50%;
    background: var(--_surface);
    box-shadow: 0 1px 3px rgb(0 0 0 / 0.2);
  }
  input::-moz-range-thumb {
    box-sizing: border-box;
    inline-size: 1.375rem;
    block-size: 1.375rem;
    border: 2px solid var(--_accent);
    border-radius: 50%;
    background: var(--_surface);
  }
  input:focus-visible::-webkit-slider-thumb {
    outline: 3px solid var(--_accent);
    outline-offset: 3px;
  }
  input:focus-visible::-moz-range-thumb {
    outline: 3px solid var(--_accent);
    outline-offset: 3px;
  }
  .words-of {
    grid-column: 1 / -1;
    font-size: 0.8125rem;
    line-height: 1.4;
  }
  .choices {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem;
    margin-block-start: 0.5rem;
    padding: 0.1875rem;
    border-radius: 0.75rem;
    background: color-mix(in srgb, var(--_border) 60%, transparent);
  }
  .choices label {
    flex: 1 1 auto;
    position: relative;
    cursor: pointer;
  }
  .choices input {
    appearance: none;
    position: absolute;
    inset: 0;
    margin: 0;
    border-radius: 0.5625rem;
    cursor: pointer;
  }
  .choices input:checked {
    background: var(--_surface);
    box-shadow: 0 1px 2px rgb(0 0 0 / 0.18);
  }
  .choices span {
    position: relative;
    display: block;
    padding: 0.375rem 0.75rem;
    text-align: center;
    pointer-events: none;
  }
  .choices input:checked + span {
    color: var(--_text);
    font-weight: 600;
  }
  .hours {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    margin-block-start: 0.5rem;
  }
  .hours div {
    flex: 1 1 7rem;
    display: grid;
    gap: 0.125rem;
    font-size: 0.8125rem;
  }
  select {
    appearance: none;
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: 2.5rem;
    padding-block: 0;
    padding-inline: 0.75rem 2rem;
    border: 1px solid var(--_track);
    border-radius: 0.625rem;
    background:
      linear-gradient(45deg, transparent 50%, currentColor 50%) right 1.125rem center / 0.375rem 0.375rem no-repeat,
      linear-gradient(-45deg, transparent 50%, currentColor 50%) right 0.75rem center / 0.375rem 0.375rem no-repeat,
      var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 0.9375rem;
    cursor: pointer;
  }
  [dir='rtl'] select {
    background-position:
      left 0.75rem center,
      left 1.125rem center,
      0 0;
  }
  option {
    background: var(--_surface);
  }
  .note {
    grid-column: 1 / -1;
    font-size: 0.8125rem;
    line-height: 1.45;
  }
  @media (forced-colors: active) {
    progress {
      border: 1px solid;
    }
    select {
      appearance: auto;
    }
    input::-webkit-slider-thumb {
      background: ButtonText;
    }
    .choices input:checked {
      outline: 2px solid Highlight;
    }
  }
`
