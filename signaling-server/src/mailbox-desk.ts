import { setTimeout as sleep } from 'node:timers/promises'
import {
  answerBox,
  Backoff,
  type Clock,
  encodeBase64Url,
  isFootbridgeError,
  offerBox,
  type Primitives,
} from '@footbridge/shared'
import { type Log, type Mailbox, openMailbox } from '@footbridge/shared/node'
import type { Limits } from './limits.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { Rate } from './rate.ts'
import type { SealedOffers } from './sealed-offers.ts'

export interface MailboxDeskOptions {
  /** Of public relays. */
  readonly urls: readonly string[]
  readonly sealedOffers: SealedOffers
  /** Whether it is this server's to answer, of all that listen: each letter has a name. */
  readonly isOwn: (name: string) => boolean
  readonly signalingKey: Uint8Array
  readonly limits: Limits
  readonly primitives: Primitives
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
}

const FIRST_WAIT_MS = 1_000
const MOST_WAIT_MS = 60_000

/**
 * Nobody knows where an offer in a mailbox comes from. All that come by mailboxes count as one subnet's, so that they
 * show whoever scans for bridges no more of them than one network of clients sees.
 */
const MAILBOX_ORIGIN: PeerOrigin = { address: 'mailbox', subnet: 'mailbox' }

/** Answers the offers that clients leave at public relays, and comes back to each that it loses. Returns at once. */
export function listenAtMailboxes(options: MailboxDeskOptions): void {
  for (const url of options.urls) void keepListening(url, options)
}

async function keepListening(url: string, options: MailboxDeskOptions): Promise<void> {
  const { log, signal } = options
  const backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random: Math.random })
  while (!signal.aborted) {
    try {
      await listen(url, options, () => backoff.reset())
      log.warn('a public relay for offers was lost')
    } catch (error) {
      if (!signal.aborted)
        log.warn(
          { code: isFootbridgeError(error) ? error.code : 'unavailable' },
          'a public relay for offers cannot be reached',
        )
    }
    await sleep(backoff.next(FIRST_WAIT_MS), undefined, { signal }).catch(() => {})
  }
}

/** Resolves when the relay is lost. */
async function listen(url: string, options: MailboxDeskOptions, onOpen: () => void): Promise<void> {
  const { sealedOffers, isOwn, signalingKey, limits, primitives, clock, log, signal } = options
  const rate = new Rate(limits.mailboxOffersPerSecond, limits.mailboxOfferBurst)
  let free: number | undefined
  let underWay = 0

  const answer = async (mailbox: Mailbox, sealed: Uint8Array): Promise<void> => {
    // Before anything is opened, which costs more than to send it.
    const left = rate.take(free, clock.now())
    if (left === undefined || underWay >= limits.maxMailboxOffers) return
    free = left
    const box = answerBox(primitives, sealed)
    if (!isOwn(encodeBase64Url(box))) return
    underWay += 1
    try {
      const exchange = sealedOffers.exchange(sealed, MAILBOX_ORIGIN)
      mailbox.put(box, await exchange.answer)
      exchange.leave()
    } catch (error) {
      // Anybody may put anything into a mailbox.
      if (!isFootbridgeError(error))
        log.error({ err: error }, 'failed to answer an offer from a public relay')
    } finally {
      underWay -= 1
    }
  }

  await new Promise<void>((resolve, reject) => {
    openMailbox(url, {
      box: offerBox(primitives, signalingKey),
      onLetter: (mailbox, letter) => void answer(mailbox, letter),
      onEnd: resolve,
      signal,
    }).then((mailbox) => {
      onOpen()
      log.info('listening for offers at a public relay')
      signal.addEventListener('abort', () => mailbox.close(), { once: true })
      if (signal.aborted) mailbox.close()
    }, reject)
  })
}
