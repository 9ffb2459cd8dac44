import { setTimeout as delay } from 'node:timers/promises'
import {
  type Clock,
  type EgressDescriptor,
  fetchText,
  MAX_OUTCOME_PAGE_CHARS,
  MAX_PAGE_OUTCOMES,
  OUTCOME_ACCESS_MS,
  type OutcomePage,
  type Primitives,
  parseOutcomePage,
  signOutcomeAccess,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'

export interface OutcomeFeedOptions {
  readonly egresses: () => readonly EgressDescriptor[]
  /** Gets each page, and when it was asked for, in monotonic milliseconds. */
  readonly learn: (egress: string, page: OutcomePage, askedAt: number) => void
  /** That of tickets. */
  readonly secretKey: Uint8Array
  readonly primitives: Primitives
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly intervalMs?: number
}

const INTERVAL_MS = 10_000
const FETCH_TIMEOUT_MS = 5_000
/** Pages read in one go: what an egress remembers. */
const MAX_PAGES = 10

/** Asks every egress, again and again, what became of the paths to it. Ends once `signal` fires; never rejects. */
export async function followOutcomes(options: OutcomeFeedOptions): Promise<void> {
  const { egresses, log, signal, intervalMs = INTERVAL_MS } = options
  /** How far each egress has been read, by its id. */
  const read = new Map<string, number>()
  while (!signal.aborted) {
    await delay(intervalMs, undefined, { signal, ref: false }).catch(() => {})
    await Promise.all(
      egresses().map((egress) =>
        readOn(egress, read, options).catch((error: unknown) => {
          // It may be restarting, or not know our key yet: the next time will do.
          if (!signal.aborted) log.debug({ err: error }, 'an egress does not give its outcomes')
        }),
      ),
    )
  }
}

async function readOn(
  { id, url }: EgressDescriptor,
  read: Map<string, number>,
  { learn, secretKey, primitives, clock, signal }: OutcomeFeedOptions,
): Promise<void> {
  for (let pages = 0; pages < MAX_PAGES && !signal.aborted; pages++) {
    const askedAt = clock.now()
    const access = { egress: id, expiresAt: clock.wallNow() + OUTCOME_ACCESS_MS }
    const after = read.get(id)
    const text = await fetchText(`${url}/v1/outcomes${after === undefined ? '' : `?after=${after}`}`, {
      maxBytes: MAX_OUTCOME_PAGE_CHARS,
      timeoutMs: FETCH_TIMEOUT_MS,
      signal,
      headers: { authorization: `Bearer ${signOutcomeAccess(access, primitives.ed25519.signer(secretKey))}` },
    })
    const page = parseOutcomePage(text)
    read.set(id, page.next)
    learn(id, page, askedAt)
    if (page.outcomes.length < MAX_PAGE_OUTCOMES) return
  }
}
