import type { Room } from './cluster-room.ts'
import type { Opened } from './cluster-seal.ts'

/** Beats that an instance may miss before it counts as gone: with two a second, it is missed within 4 s. */
const MOST_MISSED_BEATS = 6
/** Instances known at once. More are not listened to. */
const MAX_INSTANCES = 256

interface Instance {
  url: string
  free: number
  places: number
  lastNumber: number
  missed: number
}

/**
 * Who else is there, this instance's own voice included: hearing that proves that messages pass. Time is counted in own
 * beats, so that an instance that was stopped for a while does not take all others for dead.
 */
export class Instances {
  readonly #instances = new Map<string, Instance>()

  /** Whether to act on this message: it is no repetition. Its instance is alive. */
  heard({ from, number }: Pick<Opened, 'from' | 'number'>): boolean {
    const known = this.#instances.get(from)
    if (!known && this.#instances.size >= MAX_INSTANCES) return false
    const instance = known ?? { url: '', free: 0, places: 0, lastNumber: 0, missed: 0 }
    if (number <= instance.lastNumber) return false
    instance.lastNumber = number
    instance.missed = 0
    this.#instances.set(from, instance)
    return true
  }

  /** What an instance says of itself, after `heard`. */
  learn(id: string, url: string, { free, places }: Room): void {
    const instance = this.#instances.get(id)
    if (instance) Object.assign(instance, { url, free, places })
  }

  has(id: string): boolean {
    return this.#instances.has(id)
  }

  /** An offer went there: until it says more of itself, it has one place less. */
  take(id: string): void {
    const instance = this.#instances.get(id)
    if (instance && instance.free > 0) instance.free -= 1
  }

  get rooms(): ReadonlyMap<string, Room> {
    return this.#instances
  }

  /** Their public origins. */
  get urls(): readonly string[] {
    return [...new Set([...this.#instances.values()].map(({ url }) => url).filter((url) => url !== ''))]
  }

  forget(id: string): void {
    this.#instances.delete(id)
  }

  /** Twice a second: gives the ids of those that have not been heard for a while, and forgets them. */
  beat(): readonly string[] {
    const silent: string[] = []
    for (const [id, instance] of this.#instances) {
      instance.missed += 1
      if (instance.missed > MOST_MISSED_BEATS) silent.push(id)
    }
    for (const id of silent) this.#instances.delete(id)
    return silent
  }
}
