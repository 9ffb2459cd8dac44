/** What the status page adds to the style of the volunteer page, whose colours and type it shares. */
export const STATUS_STYLE = `:root {
  --failed: light-dark(#c2452d, #ff8a6b);
  --unknown: light-dark(#8fa29d, #5b706b);
  --gap: light-dark(#e6eceb, #1f2b2a);
}

a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
}

.home {
  display: inline-flex;
  align-items: center;
  gap: 0.75rem;
  color: inherit;
  text-decoration: none;
}

.where {
  padding-inline-start: 0.75rem;
  border-inline-start: 1px solid var(--border);
  color: var(--muted);
  font-weight: 400;
}

.summary {
  padding-block: clamp(1.5rem, 4vw, 2.75rem) clamp(1.75rem, 4vw, 2.5rem);
}

.summary h1 {
  display: flex;
  align-items: center;
  gap: 0.5em;
}

.summary .lead {
  max-inline-size: 42rem;
}

.light {
  flex: none;
  inline-size: 0.5em;
  block-size: 0.5em;
  border-radius: 50%;
  background: var(--unknown);
}

[data-condition="working"] .light {
  background: var(--accent);
  box-shadow: 0 0 0 0.2em color-mix(in srgb, var(--accent) 22%, transparent);
}

[data-condition="failing"] .light {
  background: var(--failed);
  box-shadow: 0 0 0 0.2em color-mix(in srgb, var(--failed) 22%, transparent);
}

.spans {
  display: none;
  position: relative;
  inline-size: fit-content;
  margin: 0;
  padding: 0.25rem;
  border: 1px solid var(--border);
  border-radius: 999px;
  background: var(--surface);
}

.spans legend,
.spans input {
  position: absolute;
  opacity: 0;
  pointer-events: none;
}

.spans label {
  padding: 0.375rem 1.125rem;
  border-radius: 999px;
  color: var(--muted);
  font-size: 0.9375rem;
  font-weight: 550;
  cursor: pointer;
}

.spans label:hover {
  color: var(--text);
}

.spans :checked + label {
  background: var(--accent);
  color: light-dark(#ffffff, #06201b);
}

.spans :focus-visible + label {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
}

/* One of the two at a time, where a style sheet can see to it; else both, one below the other. */
@supports selector(:has(*)) {
  .spans {
    display: flex;
  }

  main:has(#day:checked) .of-month,
  main:has(#month:checked) .of-day {
    display: none;
  }

  .of-day h2,
  .of-month h2 {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
}

.of-day,
.of-month {
  padding-block: 1.25rem 0;
}

.plots {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 1rem;
}

.plot {
  min-inline-size: 0;
  margin: 0;
  padding: 1.25rem 1.25rem 1rem;
  border: 1px solid var(--border);
  border-radius: 0.875rem;
  background: var(--surface);
}

.plot.success {
  grid-column: 1 / -1;
}

figcaption {
  display: grid;
  grid-template-columns: 1fr auto;
  align-items: baseline;
  column-gap: 1rem;
}

h3 {
  margin: 0;
  font-size: 1rem;
  font-weight: 650;
}

.value {
  grid-row: span 2;
  align-self: start;
  font-size: 1.5rem;
  font-weight: 650;
  font-variant-numeric: tabular-nums;
  letter-spacing: -0.01em;
  line-height: 1.2;
  white-space: nowrap;
}

.note {
  color: var(--muted);
  font-size: 0.875rem;
}

.frame {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 0.375rem 0.625rem;
  margin-block-start: 1rem;
}

.scale,
.axis {
  display: flex;
  justify-content: space-between;
  color: var(--muted);
  font-size: 0.75rem;
  font-variant-numeric: tabular-nums;
  line-height: 1rem;
  white-space: nowrap;
}

.scale {
  flex-direction: column;
  align-items: end;
  min-inline-size: 3.75rem;
  /* The middle of a line of text is on its grid line. */
  margin-block: -0.5rem;
}

.axis {
  grid-column: 2;
}

/* Each is centred where it belongs, however long it is, but the outer ones stay inside. */
.axis span {
  display: flex;
  justify-content: center;
  inline-size: 0;
}

.axis span:first-child {
  justify-content: start;
}

.axis span:last-child {
  justify-content: end;
}

.marks {
  position: relative;
  block-size: 8rem;
}

.success .marks {
  block-size: 5rem;
}

.marks svg {
  display: block;
  inline-size: 100%;
  block-size: 100%;
  overflow: visible;
}

.marks path,
.marks rect {
  vector-effect: non-scaling-stroke;
}

.grid {
  stroke: var(--border);
  stroke-width: 1;
  fill: none;
}

.line {
  fill: none;
  stroke: var(--accent);
  stroke-width: 2;
  stroke-linejoin: round;
}

.area {
  fill: color-mix(in srgb, var(--accent) 13%, transparent);
}

.connect .area,
.speed .area {
  fill: none;
}

.band {
  fill: color-mix(in srgb, var(--accent) 22%, transparent);
}

.bar {
  fill: var(--accent);
}

.people .bar {
  fill: color-mix(in srgb, var(--accent) 72%, var(--surface));
}

.rest {
  fill: var(--failed);
}

.gap {
  fill: var(--gap);
}

.hit {
  fill: transparent;
}

.piece:hover .hit {
  fill: color-mix(in srgb, var(--text) 12%, transparent);
}

.empty {
  position: absolute;
  inset: 0;
  display: grid;
  place-items: center;
  color: var(--muted);
  font-size: 0.9375rem;
  pointer-events: none;
}

details {
  margin-block-start: 1rem;
}

summary {
  inline-size: fit-content;
  color: var(--accent);
  font-size: 0.9375rem;
  cursor: pointer;
}

.scroll {
  max-block-size: 24rem;
  margin-block-start: 0.75rem;
  overflow: auto;
  border: 1px solid var(--border);
  border-radius: 0.875rem;
  background: var(--surface);
}

table {
  inline-size: 100%;
  border-collapse: collapse;
  font-size: 0.875rem;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}

th,
td {
  padding: 0.5rem 1rem;
  border-block-end: 1px solid var(--border);
  font-weight: 400;
  text-align: end;
}

th:first-child {
  text-align: start;
}

thead th {
  position: sticky;
  inset-block-start: 0;
  background: var(--surface);
  color: var(--muted);
  font-weight: 550;
}

tbody tr:last-child > * {
  border-block-end: 0;
}

@media (max-width: 48rem) {
  .plots {
    grid-template-columns: minmax(0, 1fr);
  }

  .spans {
    inline-size: 100%;
  }

  .scale {
    min-inline-size: 3rem;
  }

  .spans label {
    flex: 1;
    text-align: center;
  }
}

@media (forced-colors: active) {
  .spans :checked + label {
    outline: 2px solid Highlight;
  }

  .bar,
  .rest,
  .gap {
    forced-color-adjust: none;
  }
}
`
