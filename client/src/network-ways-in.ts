import type { NetworkDescriptor } from '@footbridge/shared'
import { CacheWayIn } from './cache-way-in.ts'
import type { CourierWayInOptions } from './courier-way-in.ts'
import { FrontWayIn } from './front-way-in.ts'
import { MailboxWayIn } from './mailbox-way-in.ts'
import { PostWayIn } from './post-way-in.ts'
import type { WayIn } from './way-in.ts'
import { WebSocketWayIn } from './web-socket-way-in.ts'

export type WayKind = 'HTTPS POST' | 'WebSocket' | 'front' | 'cache' | 'mailbox'

/** A way in, and what to call it where its order is remembered. */
export interface NamedWayIn {
  /** Says which server it leads through: nothing to be stored or shown. */
  readonly name: string
  readonly way: WayIn
}

/** The same, with what people may know. */
export interface KnownWayIn extends NamedWayIn {
  readonly kind: WayKind
  /** Its number among those of its kind, from 1 on. */
  readonly server: number
}

/**
 * All ways into a network. The quickest kind comes first, and one of each kind before the second of any: a censor blocks
 * a kind, or whatever the descriptor names first.
 */
export function waysInto(
  network: NetworkDescriptor,
  parts: Omit<CourierWayInOptions, 'network'>,
): KnownWayIn[] {
  const options = { ...parts, network }
  return interleave([
    // A round trip shorter than by WebSocket, which has to be opened before it says anything.
    network.signaling.map((origin, at) =>
      named('HTTPS POST', at, origin, new PostWayIn({ ...options, origin })),
    ),
    network.signaling.map((origin, at) =>
      named('WebSocket', at, origin, new WebSocketWayIn({ ...options, origin })),
    ),
    ...waysThroughOthers(options),
  ])
}

/** None without a key to seal offers with, whatever the descriptor says. */
function waysThroughOthers(options: CourierWayInOptions): KnownWayIn[][] {
  const { signalingKey, fronts = [], caches = [], mailboxes = [] } = options.network
  if (signalingKey === undefined) return []
  const isMqtt = (url: string): boolean => url.startsWith('mqtt')
  const byMailbox = (mailbox: string): KnownWayIn =>
    named(
      'mailbox',
      mailboxes.indexOf(mailbox),
      mailbox,
      new MailboxWayIn({ ...options, mailbox, signalingKey }),
    )
  return [
    fronts.map((front, at) =>
      named('front', at, `${front.url} ${front.host}`, new FrontWayIn({ ...options, front })),
    ),
    caches.map((cache, at) =>
      named('cache', at, `${cache.url} ${cache.host}`, new CacheWayIn({ ...options, cache })),
    ),
    mailboxes.filter((url) => !isMqtt(url)).map(byMailbox),
    mailboxes.filter(isMqtt).map(byMailbox),
  ]
}

function named(kind: WayKind, at: number, server: string, way: WayIn): KnownWayIn {
  return { kind, server: at + 1, name: `${kind} ${server}`, way }
}

/** The first of each list, the second of each … */
function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const most = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: most }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}
