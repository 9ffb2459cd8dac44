import type { BridgeStats } from '../bridge-stats.ts'
import type { BridgeWidget } from '../bridge-widget.ts'
import type { BridgeState } from '../engine-state.ts'
import { formatByteRate, formatBytes, formatDuration, formatNumber } from '../formats.ts'
import { byId } from './parts.ts'
import { drawRates } from './rate-graph.ts'
import { RateHistory } from './rate-history.ts'
import { type World, WorldMap } from './world-map.ts'

/** Of the page. The element in it may speak another. */
const LANG = 'en'
const TICK_MS = 1_000
const TITLE = document.title
/** More would be a list, not a picture. */
const MAX_CHIPS = 12

/** What the page shows of the bridge: the countries, the rates, the totals, and the title of its tab. */
export async function startBoard(widget: BridgeWidget): Promise<void> {
  await customElements.whenDefined('bridge-widget')
  const board = new Board(widget)
  widget.addEventListener('bridge-stats', () => board.update())
  widget.addEventListener('bridge-statechange', () => board.update())
  document.addEventListener('visibilitychange', () => board.update())
  board.update()
  await board.loadMap()
}

class Board {
  readonly #widget: BridgeWidget
  readonly #rates = new RateHistory()
  readonly #countryNames = new Intl.DisplayNames(LANG, { type: 'region' })
  #map: WorldMap | undefined
  #countries: string | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(widget: BridgeWidget) {
    this.#widget = widget
  }

  async loadMap(): Promise<void> {
    const answer = await fetch(new URL('world.json', import.meta.url))
    if (!answer.ok) return
    this.#map = new WorldMap((await answer.json()) as World, { land: byId('land'), arcs: byId('arcs') })
    this.#countries = undefined
    this.update()
  }

  /** A hidden page keeps count, and draws nothing. */
  update(): void {
    const { stats, state } = this.#widget
    this.#rates.add({ time: performance.now(), down: stats.bytesDown, up: stats.bytesUp })
    document.title = titleOf(state, stats.clients)
    this.#tick(state !== 'off' && !document.hidden)
    if (document.hidden) return
    const isKnown = stats.countries.length > 0
    byId('now').textContent = headlineOf(state, stats.clients, isKnown)
    byId('now-detail').textContent = DETAILS[state] ?? ''
    this.#showTotals(stats)
    this.#showRates()
    this.#showCountries(stats)
  }

  /** While it is on, so that the graph moves also when nothing passes. */
  #tick(on: boolean): void {
    if (on === (this.#timer !== undefined)) return
    clearInterval(this.#timer)
    this.#timer = on ? setInterval(() => this.update(), TICK_MS) : undefined
  }

  #showTotals({ clients, total: { peopleHelped, bytes, seconds } }: BridgeStats): void {
    byId('total-now').textContent = formatNumber(clients, LANG)
    byId('total-people').textContent = formatNumber(peopleHelped, LANG)
    byId('total-bytes').textContent = formatBytes(bytes, LANG)
    byId('total-time').textContent = formatDuration(seconds, LANG)
  }

  #showRates(): void {
    const { down, up, top } = drawRates(this.#rates.slots)
    const { now } = this.#rates
    byId('graph-down').setAttribute('d', down)
    byId('graph-up').setAttribute('d', up)
    byId('graph-top').textContent = formatByteRate(top, LANG)
    byId('rate-down').textContent = formatByteRate(now.down, LANG)
    byId('rate-up').textContent = formatByteRate(now.up, LANG)
  }

  #showCountries(stats: BridgeStats): void {
    const { countries, clients } = stats
    const elsewhere = Math.max(0, clients - countries.length)
    const key = `${countries.join()} ${elsewhere}`
    if (key === this.#countries) return
    this.#countries = key
    this.#map?.show(countries)
    const chips = countries.length === 0 ? [] : this.#chips(countries, elsewhere)
    byId('countries').replaceChildren(...chips)
    byId('countries').hidden = chips.length === 0
    byId('now-detail').hidden = chips.length > 0
  }

  #chips(countries: readonly string[], elsewhere: number): HTMLLIElement[] {
    const counts = new Map<string, number>()
    for (const code of countries) counts.set(code, (counts.get(code) ?? 0) + 1)
    const most = [...counts].sort(([, a], [, b]) => b - a)
    const shown = most.slice(0, MAX_CHIPS).map(([code, count]) => chip(this.#nameOf(code), count))
    const rest = most.slice(MAX_CHIPS).reduce((sum, [, count]) => sum + count, elsewhere)
    if (rest > 0) shown.push(chip('elsewhere', rest))
    return shown
  }

  #nameOf(code: string): string {
    try {
      return this.#countryNames.of(code) ?? code
    } catch {
      return code
    }
  }
}

function chip(name: string, count: number): HTMLLIElement {
  const item = document.createElement('li')
  item.textContent = name
  if (count > 1) {
    const number = document.createElement('b')
    number.textContent = ` ${count}`
    item.append(number)
  }
  return item
}

/** The tab says what it does while another is looked at. */
function titleOf(state: BridgeState, clients: number): string {
  if (state === 'helping') return `● Helping ${clients} – Footbridge`
  return state === 'waiting' ? '○ Ready – Footbridge' : TITLE
}

const HEADLINES: Readonly<Record<string, string>> = {
  off: 'Nothing runs',
  testing: 'Trying your connection…',
  connecting: 'Connecting…',
  waiting: 'Ready, and nobody needs help right now',
  paused: 'Paused',
  unsuitable: 'This browser cannot help from here',
}

const DETAILS: Readonly<Record<string, string>> = {
  off: 'Turn it on, and arcs show which countries you help.',
  testing: 'Whether it can reach those who need it.',
  waiting: 'Leave the tab open: somebody comes when their way is blocked.',
  helping: 'From where is not known.',
  paused: 'The switch says why.',
  unsuitable: 'The switch says why.',
}

/** What follows it is the list of countries, if they are known. */
function headlineOf(state: BridgeState, clients: number, isKnown: boolean): string {
  if (state !== 'helping') return HEADLINES[state] ?? ''
  const people = clients === 1 ? 'one person' : `${clients} people`
  return `You help ${people} ${isKnown ? 'in' : 'right now'}`
}
