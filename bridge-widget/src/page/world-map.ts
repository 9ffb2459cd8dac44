/** What `build-world.mjs` draws. */
export interface World {
  /** Left, top, width and height. */
  readonly box: readonly [number, number, number, number]
  readonly countries: readonly { readonly code?: string; readonly outline: string }[]
  /** Where each country is. */
  readonly points: Readonly<Record<string, readonly [number, number]>>
}

/** More people in one country than this look no different. */
const ARCS_PER_COUNTRY = 4
/** In the sea south of Africa, where nobody lives: the page knows of no volunteer where they are. */
const LABEL_DISTANCE = 34
const YOU = { x: 0.48, y: 0.93 }

/** A pulse goes and rests, in all. */
const CYCLE_MS = 9_000
/** How much of it is the way. */
const TRAVEL_SHARE = 0.4
const WAY_POINTS = 32
/** So that they do not go in step. */
const PULSE_DISTANCE_MS = 350
const MAX_PULSES_APART = 6

/** The map with an arc from “you” to each person who is helped, in the country where they are. */
export class WorldMap {
  readonly #world: World
  readonly #land: SVGSVGElement
  readonly #arcs: SVGSVGElement
  readonly #shown = new Map<string, SVGElement>()

  /** `land` stays as it is, so that what moves above it is all that has to be painted again. */
  constructor(world: World, { land, arcs }: { land: SVGSVGElement; arcs: SVGSVGElement }) {
    this.#world = world
    this.#land = land
    this.#arcs = arcs
    for (const svg of [land, arcs]) svg.setAttribute('viewBox', world.box.join(' '))
    land.append(
      ...world.countries.map(({ code, outline }) => draw('path', { d: outline, 'data-country': code })),
    )
    const [x, y] = this.#you
    const label = draw('text', { x, y: y + LABEL_DISTANCE })
    label.textContent = 'Your tab'
    arcs.append(draw('circle', { class: 'you', cx: x, cy: y }), label)
  }

  /** `countries` has one entry for each person. */
  show(countries: readonly string[]): void {
    const wanted = this.#wanted(countries)
    for (const [key, element] of this.#shown) {
      if (wanted.has(key)) continue
      element.remove()
      this.#shown.delete(key)
    }
    for (const [key, { code, nth }] of wanted) {
      if (!this.#shown.has(key)) this.#shown.set(key, this.#draw(code, nth))
    }
    for (const shape of this.#land.querySelectorAll('[data-country]')) {
      shape.classList.toggle('helped', countries.includes(shape.getAttribute('data-country') ?? ''))
    }
  }

  #wanted(countries: readonly string[]): Map<string, { code: string; nth: number }> {
    const counts = new Map<string, number>()
    const wanted = new Map<string, { code: string; nth: number }>()
    for (const code of countries) {
      const nth = counts.get(code) ?? 0
      if (nth >= ARCS_PER_COUNTRY || this.#world.points[code] === undefined) continue
      counts.set(code, nth + 1)
      wanted.set(`${code} ${nth}`, { code, nth })
    }
    return wanted
  }

  #draw(code: string, nth: number): SVGElement {
    const [x, y] = this.#world.points[code] ?? [0, 0]
    const way = arcBetween(this.#you, [x, y], nth)
    const group = draw('g', { class: 'arc', 'data-country': code })
    const line = draw('path', { class: 'way', d: way, pathLength: 1 })
    const pulse = draw('circle', { class: 'pulse' })
    group.append(
      line,
      draw('circle', { class: 'ripple', cx: x, cy: y }),
      draw('circle', { class: 'place', cx: x, cy: y }),
      pulse,
    )
    this.#arcs.prepend(group)
    if (!prefersStillness()) travel(pulse, line as SVGPathElement, this.#shown.size)
    return group
  }

  get #you(): [number, number] {
    const [left, top, width, height] = this.#world.box
    return [Math.round(left + YOU.x * width), Math.round(top + YOU.y * height)]
  }
}

/**
 * Sends `pulse` along `line`, over and over. It only moves: that the compositor does by itself, where lines that change
 * would be painted again for each frame, all day. All travel at the same time, one after the other, and then rest.
 */
function travel(pulse: SVGElement, line: SVGPathElement, nth: number): void {
  const length = line.getTotalLength()
  const points = Array.from({ length: WAY_POINTS + 1 }, (_, at) =>
    line.getPointAtLength((length * at) / WAY_POINTS),
  )
  const steps = points.map(({ x, y }, at) => ({
    transform: `translate(${x}px, ${y}px)`,
    opacity: at === 0 || at === WAY_POINTS ? 0 : 1,
    offset: (TRAVEL_SHARE * at) / WAY_POINTS,
  }))
  const rest = steps.slice(-1).map((end) => ({ ...end, offset: 1 }))
  const animation = pulse.animate([...steps, ...rest], {
    duration: CYCLE_MS,
    iterations: Number.POSITIVE_INFINITY,
  })
  animation.startTime = (nth % MAX_PULSES_APART) * PULSE_DISTANCE_MS
}

function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** Curved like a bridge. The `nth` to the same place is higher than the one before. */
function arcBetween(
  [fromX, fromY]: readonly [number, number],
  [x, y]: readonly [number, number],
  nth: number,
): string {
  const across = Math.abs(x - fromX)
  const lift = 90 + across * 0.22 + nth * 60
  return `M${fromX} ${fromY}Q${Math.round(fromX + (x - fromX) * 0.35)} ${Math.round(Math.min(y, fromY) - lift)} ${x} ${y}`
}

function draw(
  name: 'path' | 'circle' | 'text' | 'g',
  attributes: Readonly<Record<string, string | number | undefined>>,
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value))
  }
  return element
}
