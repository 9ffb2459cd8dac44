import { randomInt } from 'node:crypto'
import { parseIpAddress } from '@footbridge/shared'
import { Rate } from './rate.ts'

const SLOTS = 4_096
const IPV6_BYTES = 16
/** As much of an IPv6 address as one subscriber has. */
const IPV6_PREFIX_BYTES = 7
// FNV-1a.
const HASH_PRIME = 0x01000193

/**
 * Limits how often each address may do something, without keeping any: each has its share in one of a fixed number of
 * slots, which one is different at every start. Two that meet in a slot share it.
 */
export class SourceRates {
  readonly #seed = randomInt(0x1_0000_0000)
  /** What each slot remembers of its rate. */
  readonly #free = new Map<number, number>()
  readonly #rate: Rate

  constructor(perSecond: number, burst: number) {
    this.#rate = new Rate(perSecond, burst)
  }

  /** Whether `address` may once more, at `now` in milliseconds. What is no address may not. */
  take(address: string, now: number): boolean {
    const bytes = parseIpAddress(address)
    if (!bytes) return false
    const slot = this.#slotOf(bytes.length === IPV6_BYTES ? bytes.subarray(0, IPV6_PREFIX_BYTES) : bytes)
    const free = this.#rate.take(this.#free.get(slot), now)
    if (free === undefined) return false
    this.#free.set(slot, free)
    return true
  }

  #slotOf(bytes: Uint8Array): number {
    const hash = bytes.reduce((hash, byte) => Math.imul(hash ^ byte, HASH_PRIME), this.#seed)
    return (hash >>> 8) % SLOTS
  }
}
