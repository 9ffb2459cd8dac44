import { roundUp } from '@footbridge/shared/node'

const DAY_MS = 86_400_000
/** Origins remembered until the end of the day, some 10 MB of them. Whoever comes after is not counted. */
const MAX_PEOPLE_A_DAY = 100_000

/**
 * How many people were helped: everybody who met a bridge counts once a day (UTC), as far as addresses tell them apart.
 * Nobody is remembered for longer, or in a file.
 */
export class People {
  readonly #maxPerDay: number
  #today = new Set<string>()
  #day = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(maxPerDay: number = MAX_PEOPLE_A_DAY) {
    this.#maxPerDay = maxPerDay
  }

  /** `name` stands for whoever was helped; `now` in milliseconds since 1970. */
  helped(name: string, now: number): void {
    const day = Math.floor(now / DAY_MS)
    if (day !== this.#day) {
      this.#day = day
      this.#today = new Set()
    }
    if (this.#today.has(name) || this.#today.size >= this.#maxPerDay) return
    this.#today.add(name)
    this.#count += 1
  }

  /** Since the start, rounded up so that nobody is seen to come; never goes down. */
  get total(): number {
    return roundUp(this.#count)
  }
}
