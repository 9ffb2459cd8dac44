import type { AnnounceMessage } from './cluster-message.ts'
import type { Opened } from './cluster-seal.ts'
import type { Room } from './pool.ts'

/** Beats that an instance may miss before it counts as gone: with two a second, it is missed within 4 s. */
const MOST_MISSED_BEATS = 6
/** Instances known at once. More are not listened to. */
const MAX_INSTANCES = 256
/** Pools known of each. In more than these, nobody is sent there. */
export const MAX_POOLS = 1_024

/** Room by pool, the public one under `undefined`. */
export type Rooms = ReadonlyMap<string | undefined, Room>

interface Instance {
  url: string
  readonly rooms: Map<string | undefined, Room>
  lastNumber: number
  missed: number
}

/**
 * Who else is there, this instance's own voice included: hearing that proves that messages pass. Time is counted in own
 * beats, so that an instance that was stopped for a while does not take all others for dead.
 */
export class Instances {
  readonly #instances = new Map<string, Instance>()

  get size(): number {
    return this.#instances.size
  }

  get ids(): readonly string[] {
    return [...this.#instances.keys()]
  }

  /** Their public origins. */
  get urls(): readonly string[] {
    return [...new Set([...this.#instances.values()].map(({ url }) => url).filter((url) => url !== ''))]
  }

  has(id: string): boolean {
    return this.#instances.has(id)
  }

  /** Room of each that has any in this pool. */
  roomsOf(pool: string | undefined): Map<string, Room> {
    const rooms = new Map<string, Room>()
    for (const [id, instance] of this.#instances) {
      const room = instance.rooms.get(pool)
      if (room) rooms.set(id, room)
    }
    return rooms
  }

  /** Whether to act on this message: it is no repetition. Its instance is alive. */
  heard({ from, number }: Pick<Opened, 'from' | 'number'>): boolean {
    const known = this.#instances.get(from)
    if (!known && this.#instances.size >= MAX_INSTANCES) return false
    const instance = known ?? { url: '', rooms: new Map(), lastNumber: 0, missed: 0 }
    if (number <= instance.lastNumber) return false
    instance.lastNumber = number
    instance.missed = 0
    this.#instances.set(from, instance)
    return true
  }

  /** What an instance says of itself, after `heard`. */
  learn(id: string, { url, rooms, continued }: Omit<AnnounceMessage, 'type'>): void {
    const instance = this.#instances.get(id)
    if (!instance) return
    instance.url = url
    if (!continued) instance.rooms.clear()
    for (const [pool, room] of rooms) {
      if (instance.rooms.size < MAX_POOLS || instance.rooms.has(pool)) instance.rooms.set(pool, room)
    }
  }

  /** An offer went there: until it says more of itself, it has one place less. */
  take(id: string, pool: string | undefined): void {
    const rooms = this.#instances.get(id)?.rooms
    const room = rooms?.get(pool)
    if (!rooms || !room) return
    const { open, restricted, strict, unknown } = room.free
    const left = 1 - 1 / Math.max(1, open + restricted + strict + unknown)
    // Which bridge takes it is that instance's to decide, so each class has a little less.
    const free = {
      open: open * left,
      restricted: restricted * left,
      strict: strict * left,
      unknown: unknown * left,
    }
    rooms.set(pool, { ...room, free })
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
