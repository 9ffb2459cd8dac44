export const liveStyles = `
  :host {
    --_on-accent: var(--bridge-on-accent, light-dark(#fff, #0c1716));
    --_warn: light-dark(#9a5b00, #f0b35a);
  }
  [data-state]:not([data-state='off']) {
    .mark {
      background: var(--_accent);
      color: var(--_on-accent);
    }
    .light {
      background: var(--_accent);
    }
    .description {
      display: none;
    }
  }
  [data-state]:is([data-state='paused'], [data-state='unsuitable']) {
    .mark {
      background: var(--_track);
      color: var(--_surface);
    }
    .light {
      background: var(--_warn);
    }
  }
  :is([data-state='testing'], [data-state='connecting']) .light {
    animation: breathe 0.8s ease-in-out 6 alternate;
  }
  @keyframes breathe {
    to {
      opacity: 0.3;
    }
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
  .count {
    min-inline-size: 1.5rem;
    border-radius: 2rem;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: 0.8125rem;
    line-height: 1.5rem;
    text-align: center;
  }
  .stats {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 6.25rem), 1fr));
    gap: 1rem 1.25rem;
    margin: 1.25rem 0 0;
    div {
      display: flex;
      flex-direction: column;
      justify-content: space-between;
      padding-block-start: 0.5rem;
      border-block-start: 2px solid var(--_border);
    }
  }
  .switch .stats {
    display: none;
  }
  dt {
    color: var(--_muted);
    font-size: 0.8125rem;
    line-height: 1.35;
  }
  dd {
    margin: 0.125rem 0 0;
    font-size: 1.25rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    line-height: 1.3;
  }
  .more {
    margin-block-start: 1.125rem;
    padding-block-start: 1.125rem;
    border-block-start: 1px solid var(--_border);
    color: var(--_muted);
    font-size: 0.875rem;
    p + p {
      margin-block-start: 0.75rem;
    }
    p {
      max-inline-size: 44rem;
    }
  }
  .switch .more {
    grid-column: 1 / -1;
    margin: 0.5rem 0 0;
    padding-block-start: 0.75rem;
  }
  strong {
    color: var(--_text);
    font-weight: 600;
  }
  @container (inline-size >= 48rem) {
    .banner .stats {
      grid-area: 2 / 1 / auto / -1;
    }
    .banner .more {
      grid-area: 3 / 1 / auto / -1;
    }
  }
  @media (forced-colors: active) {
    [aria-checked='true'] {
      forced-color-adjust: none;
      background: Highlight;
      .thumb {
        background: HighlightText;
      }
    }
  }
`
