import { html, nothing, type TemplateResult } from 'lit/html.js'
import { parseByteRate } from './byte-rate.ts'
import { formatBytes, formatHour, formatLength, formatRate, plural } from './formats.ts'
import { keepLimits, readLimits } from './kept-limits.ts'
import {
  DAY_STOPS,
  MONTH_STOPS,
  peopleStops,
  rateStops,
  type Stops,
  stopOf,
  wordsOfRate,
} from './limit-stops.ts'
import type { LiveText } from './texts/text.ts'
import {
  DEFAULT_CAPACITY,
  type HoursOfDay,
  type LimitBounds,
  type VolunteerLimits,
} from './volunteer-limits.ts'
import type { WidgetFacts } from './widget-facts.ts'

export { limitsStyles } from './limits-panel.styles.ts'

/*
 * The volunteer's own limits. Loaded when somebody first looks at them.
 */

export interface LimitsView {
  readonly facts: WidgetFacts
  readonly text: LiveText
  readonly lang: string
  onChange(): void
}

const WHEN_CHOSEN: HoursOfDay = { from: 8, to: 22 }
/** What a video of common quality takes. */
const VIDEO_BYTES_PER_S = 1e9 / 3_600

export function renderLimits(view: LimitsView): TemplateResult {
  const { facts, text, lang, onChange } = view
  const { bridge } = facts
  const bounds = boundsOf(facts)
  const limits = readLimits() ?? bridge?.limits ?? { clients: DEFAULT_CAPACITY }
  const people = (count: number) => plural(text.peopleCount, count, lang)
  const set = (change: Partial<VolunteerLimits>): void => {
    const next = { ...limits, ...change }
    keepLimits(next)
    bridge?.setLimits(next)
    onChange()
  }
  const quota = (bytes: number | undefined) => describeQuota(bytes, text, lang)
  const siteAllows = (value: string) => text.siteAllows.replace('{value}', value)

  return html`<div part="limits" class="limits">
    ${renderSlider({
      id: 'people',
      label: text.people,
      stops: peopleStops(bounds.clients),
      at: limits.clients,
      describe: (count = DEFAULT_CAPACITY) => ({ value: people(count) }),
      note: bounds.clients === undefined ? undefined : siteAllows(people(bounds.clients)),
      onStop: (clients = DEFAULT_CAPACITY) => set({ clients }),
    })}
    ${renderSlider({
      id: 'rate',
      label: text.rate,
      stops: rateStops(bounds.rate),
      at: limits.rate,
      describe: (rate) =>
        rate === undefined
          ? { value: text.unlimited }
          : { value: formatRate(rate, lang), words: String(text[wordsOfRate(rate)]) },
      note: bounds.rate === undefined ? undefined : siteAllows(formatRate(bounds.rate, lang)),
      onStop: (rate) => set({ rate: rate === bounds.rate ? undefined : rate }),
    })}
    ${renderSlider({
      id: 'day',
      label: text.day,
      stops: DAY_STOPS,
      at: limits.dayQuota,
      describe: quota,
      onStop: (dayQuota) => set({ dayQuota }),
    })}
    ${renderSlider({
      id: 'month',
      label: text.month,
      stops: MONTH_STOPS,
      at: limits.monthQuota,
      describe: quota,
      onStop: (monthQuota) => set({ monthQuota }),
    })}
    ${renderHours(limits.hours, text, lang, (hours) => set({ hours }))}
    <p class="note">${text.limitsKept}</p>
  </div>`
}

function describeQuota(bytes: number | undefined, text: LiveText, lang: string): Described {
  if (bytes === undefined) return { value: text.unlimited }
  const time = formatLength(bytes / VIDEO_BYTES_PER_S, lang)
  return { value: formatBytes(bytes, lang), words: text.ofVideo.replace('{time}', time) }
}

/** Bounds that make no sense are for the page to mend, and stop it from being turned on. */
function boundsOf({ maxClients, maxRate }: WidgetFacts): LimitBounds {
  const clients = Number(maxClients ?? undefined)
  const rate = rateOf(maxRate)
  return {
    ...(Number.isInteger(clients) && clients > 0 && { clients }),
    ...(rate !== undefined && rate > 0 && { rate }),
  }
}

function rateOf(maxRate: unknown): number | undefined {
  try {
    return typeof maxRate === 'string' ? parseByteRate(maxRate) : ((maxRate as number | null) ?? undefined)
  } catch {
    return undefined
  }
}

/** What a stop comes to, and what that is good for. */
interface Described {
  readonly value: string
  readonly words?: string
}

interface Slider {
  readonly id: string
  readonly label: string
  readonly stops: Stops
  readonly at: number | undefined
  readonly note?: string | undefined
  describe(value: number | undefined): Described
  onStop(value: number | undefined): void
}

/** A range over a line that shows how far it goes: `progress` needs no style of its own in the page's policy. */
function renderSlider({ id, label, stops, at, note, describe, onStop }: Slider): TemplateResult {
  const index = stopOf(stops, at)
  const last = stops.length - 1
  const { value, words } = describe(stops[index])
  return html`<div class="limit">
    <label for=${id}>${label}</label>
    <output for=${id}>${value}</output>
    <div class="slider">
      <progress aria-hidden="true" max=${Math.max(1, last)} .value=${last === 0 ? 1 : index}></progress>
      <input
        id=${id}
        type="range"
        min="0"
        max=${last}
        .value=${String(index)}
        ?disabled=${last === 0}
        aria-valuetext=${words ? `${value}, ${words}` : value}
        @input=${(event: Event) => onStop(stops[Number((event.target as HTMLInputElement).value)])}
      />
    </div>
    ${words || note ? html`<p class="words-of">${[words, note].filter(Boolean).join(' · ')}</p>` : nothing}
  </div>`
}

function renderHours(
  hours: HoursOfDay | undefined,
  text: LiveText,
  lang: string,
  onHours: (hours: HoursOfDay | undefined) => void,
): TemplateResult {
  const choice = (id: string, label: string, isChosen: boolean, chosen: HoursOfDay | undefined) =>
    html`<label
      ><input type="radio" name="hours" id=${id} .checked=${isChosen} @change=${() => onHours(chosen)} /><span
        >${label}</span
      ></label
    >`
  return html`<fieldset class="limit">
    <legend>${text.hours}</legend>
    <div class="choices">
      ${choice('any-time', text.anyTime, hours === undefined, undefined)}
      ${choice('only-between', text.onlyBetween, hours !== undefined, hours ?? WHEN_CHOSEN)}
    </div>
    ${
      hours === undefined
        ? nothing
        : html`<div class="hours">
          ${renderHour('from', text.from, hours.from, lang, (from) => onHours(apart(from, hours.to)))}
          ${renderHour('to', text.until, hours.to, lang, (to) => onHours(apart(hours.from, to)))}
        </div>`
    }
  </fieldset>`
}

function renderHour(
  id: string,
  label: string,
  hour: number,
  lang: string,
  onHour: (hour: number) => void,
): TemplateResult {
  const options = Array.from(
    { length: 24 },
    (_, at) => html`<option value=${at} .selected=${at === hour % 24}>${formatHour(at, lang)}</option>`,
  )
  return html`<div>
    <label for=${id}>${label}</label>
    <select id=${id} @change=${(event: Event) => onHour(Number((event.target as HTMLSelectElement).value))}>
      ${options}
    </select>
  </div>`
}

/** From an hour to itself could mean all day or none of it. */
function apart(from: number, to: number): HoursOfDay {
  return { from, to: from === to % 24 ? (from + 1) % 24 : to }
}
