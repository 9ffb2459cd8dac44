import type { NetworkDescriptor } from '@footbridge/shared'
import { CacheWayIn } from './cache-way-in.ts'
import type { CourierWayInOptions } from './courier-way-in.ts'
import { FrontWayIn } from './front-way-in.ts'
import { MailboxWayIn } from './mailbox-way-in.ts'
import { PostWayIn } from './post-way-in.ts'
import type { WayIn } from './way-in.ts'
import { WebSocketWayIn } from './web-socket-way-in.ts'

/** A way in, and what to call it where its order is remembered. */
export interface NamedWayIn {
  /** Says which server it leads through: nothing to be stored or shown. */
  readonly name: string
  readonly way: WayIn
}

/**
 * All ways into a network. The quickest kind comes first, and one of each kind before the second of any: a censor blocks
 * a kind, or whatever the descriptor names first.
 */
export function waysInto(
  network: NetworkDescriptor,
  parts: Omit<CourierWayInOptions, 'network'>,
): NamedWayIn[] {
  const { signaling, signalingKey, fronts = [], caches = [], mailboxes = [] } = network
  const options = { ...parts, network }
  const named = (origin: string, kind: string, way: WayIn): NamedWayIn => ({ name: `${kind} ${origin}`, way })
  const throughMailbox = (url: string): NamedWayIn[] =>
    signalingKey === undefined
      ? []
      : [named(url, 'mailbox', new MailboxWayIn({ ...options, mailbox: url, signalingKey }))]
  const isMqtt = (url: string): boolean => url.startsWith('mqtt')
  return interleave([
    // A round trip shorter than by WebSocket, which has to be opened before it says anything.
    signaling.map((origin) => named(origin, 'post', new PostWayIn({ ...options, origin }))),
    signaling.map((origin) => named(origin, 'socket', new WebSocketWayIn({ ...options, origin }))),
    // A descriptor with any of these has a key to seal with.
    fronts.map((front) =>
      named(`${front.url} ${front.host}`, 'front', new FrontWayIn({ ...options, front })),
    ),
    caches.map((cache) =>
      named(`${cache.url} ${cache.host}`, 'cache', new CacheWayIn({ ...options, cache })),
    ),
    mailboxes.filter((url) => !isMqtt(url)).flatMap(throughMailbox),
    mailboxes.filter(isMqtt).flatMap(throughMailbox),
  ])
}

/** The first of each list, the second of each … */
function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const most = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: most }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}
