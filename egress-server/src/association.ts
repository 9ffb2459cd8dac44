import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import {
  type Clock,
  type Datagram,
  MAX_DATAGRAM_BYTES,
  parseIpAddress,
  type SessionStream,
  withDeadline,
} from '@footbridge/shared'
import type { Policy } from './policy.ts'
import { type Lookup, resolveHost } from './resolve.ts'

/** Time after the last datagram to a target in which its answers may come (RFC 4787, REQ-5: two minutes at least). */
const IDLE_TIMEOUT_MS = 120_000
/** Targets that may answer: those that were sent to last. */
const MAX_PEERS = 64
/** Names whose address is remembered, and for how long. */
const MAX_NAMES = 64
const NAME_LIFETIME_MS = 60_000
/** Datagrams that may wait for the address of their target. */
const MAX_WAITING = 64
/** What the system may have taken and not sent. */
const MAX_SEND_QUEUE_BYTES = 262_144
const LOOKUP_TIMEOUT_MS = 10_000

export interface AssociationOptions {
  readonly policy: Policy
  readonly lookup: Lookup
  readonly clock: Clock
  /** Called with the bytes of each datagram that went to a target or came from one. */
  readonly count: (up: number, down: number) => void
}

interface Name {
  readonly address: Promise<string | undefined>
  readonly until: number
}

/**
 * The UDP sockets behind one stream, one for each family of addresses, open while they are in use. Datagrams go where the
 * policy allows, answers come back only from where something was sent. Whatever cannot be sent is dropped without a word, as
 * networks do.
 */
export class Association {
  readonly #stream: SessionStream
  readonly #options: AssociationOptions
  readonly #sockets: Map<4 | 6, Socket> = new Map()
  /** Addresses and ports that may answer, the latest last. */
  readonly #peers: Set<string> = new Set()
  readonly #names: Map<string, Name> = new Map()
  readonly #over = new AbortController()
  #waiting = 0
  #lastSentAt = 0
  #cancelIdleTimer: (() => void) | undefined

  constructor(stream: SessionStream, options: AssociationOptions) {
    this.#stream = stream
    this.#options = options
  }

  /** Sends a copy of the datagram, if it may be sent. */
  send({ host, port, data }: Datagram): void {
    if (this.#over.signal.aborted || !this.#options.policy.allowsPort(port)) return
    if (isIP(host) !== 0) {
      if (this.#options.policy.allowsAddress(host)) this.#sendTo(host, port, Uint8Array.from(data))
    } else if (this.#waiting < MAX_WAITING) {
      void this.#sendByName({ host, port, data: Uint8Array.from(data) })
    }
  }

  /** Closes its sockets for good. Idempotent. */
  close(): void {
    this.#over.abort()
    this.#closeSockets()
  }

  async #sendByName({ host, port, data }: Datagram): Promise<void> {
    this.#waiting += 1
    const address = await this.#addressOf(host)
    this.#waiting -= 1
    if (address === undefined) this.#names.delete(host)
    if (address !== undefined && !this.#over.signal.aborted) this.#sendTo(address, port, data)
  }

  /** The address itself was judged by the policy, and is what is sent to: to ask again could bring another. */
  #addressOf(host: string): Promise<string | undefined> {
    const now = this.#options.clock.now()
    const known = this.#names.get(host)
    if (known !== undefined && now < known.until) return known.address
    this.#names.delete(host)
    const address = this.#resolve(host)
    this.#names.set(host, { address, until: now + NAME_LIFETIME_MS })
    forgetOldest(this.#names, MAX_NAMES)
    return address
  }

  async #resolve(host: string): Promise<string | undefined> {
    const { policy, lookup } = this.#options
    const deadline = { signal: this.#over.signal, timeoutMs: LOOKUP_TIMEOUT_MS, task: 'looking up a target' }
    try {
      const addresses = await withDeadline(deadline, (signal) =>
        resolveHost(host, { policy, lookup, signal }),
      )
      // Nothing tells whether a family works, so the one that works nearly everywhere goes first.
      return addresses.find((address) => isIP(address) === 4) ?? addresses[0]
    } catch {
      return undefined
    }
  }

  #sendTo(address: string, port: number, data: Uint8Array): void {
    const socket = this.#socketFor(isIP(address) === 4 ? 4 : 6)
    if (socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES) return
    const peer = peerOf(address, port)
    this.#peers.delete(peer)
    this.#peers.add(peer)
    forgetOldest(this.#peers, MAX_PEERS)
    this.#lastSentAt = this.#options.clock.now()
    this.#cancelIdleTimer ??= this.#awaitIdleness(IDLE_TIMEOUT_MS)
    // Without a callback a failure would be the socket's error.
    socket.send(data, port, address, () => {})
    this.#options.count(data.length, 0)
  }

  #socketFor(family: 4 | 6): Socket {
    const open = this.#sockets.get(family)
    if (open !== undefined) return open
    const socket = createSocket(family === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true })
    socket.on('message', (data, { address, port }) => this.#receive(data, address, port))
    socket.on('error', () => {
      socket.close()
      this.#sockets.delete(family)
    })
    this.#sockets.set(family, socket)
    return socket
  }

  #receive(data: Uint8Array, address: string, port: number): void {
    if (data.length > MAX_DATAGRAM_BYTES || !this.#peers.has(peerOf(address, port))) return
    this.#options.count(0, data.length)
    this.#stream.sendDatagram({ host: address, port, data })
  }

  #awaitIdleness(ms: number): () => void {
    return this.#options.clock.after(ms, () => {
      const leftMs = this.#lastSentAt + IDLE_TIMEOUT_MS - this.#options.clock.now()
      if (leftMs <= 0) this.#closeSockets()
      else this.#cancelIdleTimer = this.#awaitIdleness(leftMs)
    })
  }

  #closeSockets(): void {
    this.#cancelIdleTimer?.()
    this.#cancelIdleTimer = undefined
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    this.#peers.clear()
  }
}

/** The same for every way to write an address. */
function peerOf(address: string, port: number): string {
  return `${parseIpAddress(address)?.join('.')} ${port}`
}

function forgetOldest(entries: Set<string> | Map<string, unknown>, most: number): void {
  const [oldest] = entries.keys()
  if (oldest !== undefined && entries.size > most) entries.delete(oldest)
}
