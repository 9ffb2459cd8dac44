import { FootbridgeError } from '@footbridge/shared'
import type { Deed } from './address-limits.ts'

/** What peers of one instance did that all of them limit. Names stand for addresses, as in `PeerOrigin`. */
export type Count =
  | { readonly type: 'deed'; readonly deed: Deed; readonly address: string; readonly count: number }
  | { readonly type: 'shown'; readonly subnet: string; readonly bridgeId: string }

/** Counts kept until they are told. What comes on top in one beat counts in its own instance alone. */
const MAX_COUNTS = 16_384
/** Counts in one message. */
const MAX_TOLD_AT_ONCE = 256

const DEED = /^(socket|offer|registration|fault) ([\w-]{0,64}) ([1-9]\d{0,8})$/
const SHOWN = /^shown ([\w-]{0,64}) ([\w-]{1,64})$/

/** Adds up what other instances must know of, until they are told. */
export class UntoldCounts {
  readonly #deeds = new Map<string, number>()
  readonly #shown = new Set<string>()

  deed(deed: Deed, address: string): void {
    const key = `${deed} ${address}`
    const known = this.#deeds.get(key)
    if (known !== undefined || this.#deeds.size < MAX_COUNTS) this.#deeds.set(key, (known ?? 0) + 1)
  }

  shown(subnet: string, bridgeId: string): void {
    if (this.#shown.size < MAX_COUNTS) this.#shown.add(`shown ${subnet} ${bridgeId}`)
  }

  /** All that was added since, as texts of some lines each. */
  take(): string[] {
    const lines = [...[...this.#deeds].map(([key, count]) => `${key} ${count}`), ...this.#shown]
    this.#deeds.clear()
    this.#shown.clear()
    const texts: string[] = []
    for (let at = 0; at < lines.length; at += MAX_TOLD_AT_ONCE) {
      texts.push(lines.slice(at, at + MAX_TOLD_AT_ONCE).join('\n'))
    }
    return texts
  }
}

/** Reads what {@link UntoldCounts.take} gave. Throws `malformed`. */
export function parseCounts(text: string): Count[] {
  return text.split('\n').map((line) => {
    const [, deed, address = '', count] = DEED.exec(line) ?? []
    if (deed !== undefined) return { type: 'deed', deed: deed as Deed, address, count: Number(count) }
    const [, subnet = '', bridgeId] = SHOWN.exec(line) ?? []
    if (bridgeId !== undefined) return { type: 'shown', subnet, bridgeId }
    throw new FootbridgeError('malformed', 'a cluster message has a count that makes no sense')
  })
}
