import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BridgeToServer,
  type ClientOfferMessage,
  type ClientToServer,
  type EgressDescriptor,
  encodeSignalingMessage,
  PROTOCOL_VERSION,
  parseServerToBridge,
  parseServerToClient,
  type RegisterMessage,
  type ServerToBridge,
  type ServerToClient,
  type SignalingMessage,
  type UnknownMessage,
} from '@footbridge/shared'
import { createLog } from '@footbridge/shared/node'
import { WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import { type SignalingServerOptions, startSignalingServer } from './signaling-server.ts'

/** Only to fail a test that would hang. */
const PATIENCE_MS = 5_000

export const EGRESS: EgressDescriptor = {
  id: 'egress-1',
  url: 'http://127.0.0.1:8090',
  publicKey: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
}
export const OTHER_EGRESS: EgressDescriptor = { ...EGRESS, id: 'egress-2', url: 'http://127.0.0.1:8091' }

export const PUBLIC_CANDIDATE = 'candidate:1 1 udp 1677729535 9.9.9.9 46154 typ srflx raddr 0.0.0.0 rport 0'
export const PRIVATE_CANDIDATE = 'candidate:2 1 udp 2113937151 192.168.1.7 54321 typ host'

/** A description as a browser writes it; `mark` tells one from another. */
export function sdp(mark: number, candidates: readonly string[] = []): string {
  const lines = [
    'v=0',
    `o=- ${mark} 2 IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map((candidate) => `a=${candidate}`),
    'a=ice-ufrag:sXP5',
    'a=ice-pwd:XHzk0sYx2rkmpfRvHRVhPqCU',
    'a=fingerprint:sha-256 7B:8B:F0:65',
    'a=setup:actpass',
    'a=mid:0',
    'a=sctp-port:5000',
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** Where a server is to be found. */
export interface Place {
  readonly url: string
  readonly wsUrl: string
}

export interface TestServer extends Place, AsyncDisposable {
  readonly folder: string
  close(): Promise<void>
}

/** A server in a folder of its own that knows `EGRESS` and `OTHER_EGRESS`. */
export async function startTestServer(
  limits: Partial<Limits> = {},
  options: Partial<SignalingServerOptions> = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'footbridge-signaling-'))
  const egresses = await Promise.all(
    [EGRESS, OTHER_EGRESS].map(async (egress) => {
      const path = join(folder, `${egress.id}.json`)
      await writeFile(path, JSON.stringify(egress))
      return path
    }),
  )
  const server = await startSignalingServer({
    listen: { host: '127.0.0.1', port: 0 },
    stateDirectory: join(folder, 'state'),
    egresses,
    stun: ['stun:stun.example.org:3478'],
    allowPrivateCandidates: false,
    // Else each socket that broke the rules, or one that is refused, would take its time to end.
    limits: { closeTimeoutMs: 30, refusalDelayMs: 30, ...limits },
    log: createLog('test', 'silent'),
    ...options,
  })
  const close = async (): Promise<void> => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    url: server.url,
    wsUrl: server.url.replace('http', 'ws'),
    folder,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** One end of a real socket that speaks the protocol, message by message. */
export class Peer<Incoming extends { readonly type: string }, Outgoing extends SignalingMessage> {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #messages: (Incoming | UnknownMessage)[] = []
  #wake: () => void = () => {}

  /** `from`: the address that it comes from, for a server behind a proxy. */
  constructor(url: string, parse: (bytes: Uint8Array) => Incoming | UnknownMessage, from?: string) {
    this.socket = new WebSocket(url, { headers: from === undefined ? {} : { 'x-forwarded-for': from } })
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => {
      this.#messages.push(parse(data as Buffer))
      this.#wake()
    })
    this.closed = once(this.socket, 'close').then(([code, reason]) => {
      this.#wake()
      return { code, reason: String(reason) }
    })
  }

  send(message: Outgoing): void {
    this.socket.send(encodeSignalingMessage(message))
  }

  /** The next message, which must be of this type. */
  async next<T extends Incoming['type']>(type: T): Promise<Extract<Incoming, { readonly type: T }>> {
    const message = await this.take().catch(() => undefined)
    if (message?.type !== type) throw new Error(`expected "${type}", got ${JSON.stringify(message)}`)
    return message as Extract<Incoming, { readonly type: T }>
  }

  /** The next message, whatever it is. */
  async take(): Promise<Incoming | UnknownMessage> {
    const deadline = setTimeout(() => this.socket.terminate(), PATIENCE_MS)
    while (this.#messages.length === 0 && this.socket.readyState !== WebSocket.CLOSED) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    clearTimeout(deadline)
    const message = this.#messages.shift()
    if (message === undefined) throw new Error('nothing came')
    return message
  }

  /** Whatever came and was not asked for. */
  get unread(): readonly unknown[] {
    return this.#messages
  }

  /** Resolves once the server has read everything sent before. */
  async settled(): Promise<void> {
    this.socket.ping()
    await once(this.socket, 'pong')
  }
}

export type BridgePeer = Peer<ServerToBridge, BridgeToServer> & { readonly id: string }
export type ClientPeer = Peer<ServerToClient, ClientToServer>

/** A registered bridge, empty and with room for some clients unless told otherwise. */
export async function bridge(
  { wsUrl }: Place,
  places: Pick<RegisterMessage, 'load' | 'nat' | 'pool'> & { readonly capacity?: number } = {},
  from?: string,
): Promise<BridgePeer> {
  const peer = new Peer<ServerToBridge, BridgeToServer>(`${wsUrl}/v1/bridge`, parseServerToBridge, from)
  await once(peer.socket, 'open')
  peer.send({ type: 'register', version: PROTOCOL_VERSION, capacity: 8, ...places })
  const { bridgeId } = await peer.next('registered')
  return Object.assign(peer, { id: bridgeId })
}

/** A connected client. */
export async function client({ wsUrl }: Place, from?: string): Promise<ClientPeer> {
  const peer = new Peer<ServerToClient, ClientToServer>(`${wsUrl}/v1/client`, parseServerToClient, from)
  await once(peer.socket, 'open')
  return peer
}

export const OFFER: ClientOfferMessage = {
  type: 'offer',
  version: PROTOCOL_VERSION,
  offerId: 1,
  sdp: sdp(1),
  avoid: [],
}
