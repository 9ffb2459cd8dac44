import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import {
  decodeBase64Url,
  encodeBase64Url,
  encodeSignalingMessage,
  type KeyPair,
  type NetworkDescriptor,
  openOffer,
} from '@footbridge/shared'
import { nodePrimitives, nodeWebRtc } from '@footbridge/shared/node'
import { type WebSocket, WebSocketServer } from 'ws'
import { CacheWayIn } from './cache-way-in.ts'
import { FrontWayIn } from './front-way-in.ts'
import { MailboxWayIn } from './mailbox-way-in.ts'
import { reachability } from './way-in.test.helper.ts'
import type { WayIn } from './way-in.ts'

const HOST = '127.0.0.1'
const KEYS: KeyPair = nodePrimitives.x25519.generate()
export const SIGNALING_KEY: string = encodeBase64Url(KEYS.publicKey)
const REFUSAL = encodeSignalingMessage({ type: 'refused', offerId: 0, reason: 'no-bridge', retryAfterMs: 5 })

export const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
  signalingKey: SIGNALING_KEY,
  allowPrivateCandidates: true,
}

/** What signaling, which has no bridge for anybody, answers to a sealed offer. */
export function answerTo(letter: Uint8Array, now: number = Date.now()): Uint8Array {
  const offer = openOffer(letter, { primitives: nodePrimitives, staticKey: KEYS })
  return offer.seal(Math.abs(now - offer.time) > 120_000 ? new Uint8Array() : REFUSAL, now)
}

/**
 * What a middleman does with an offer: the answers that it brings, one after the other, then nothing more. It has signaling
 * at hand, and what it was given before.
 */
export type Middleman = (letter: Uint8Array, before: readonly Uint8Array[]) => readonly Uint8Array[]

export interface Stand {
  readonly way: WayIn
  /** The offers that it was given. */
  readonly letters: readonly Uint8Array[]
  close(): void
}

/** A way in with `middleman` on it. */
export type StartStand = (middleman: Middleman, wallNow?: () => number) => Promise<Stand>

function options(wallNow?: () => number) {
  const webRtc = nodeWebRtc()
  return { network: NETWORK, webRtc, reachability: reachability(), ...(wallNow && { wallNow }) }
}

export const startFront: StartStand = (middleman, wallNow) =>
  startHttp(
    middleman,
    (url) => new FrontWayIn({ ...options(wallNow), front: { url, host: 'hidden.example' } }),
  )

export const startCache: StartStand = (middleman, wallNow) =>
  startHttp(middleman, (url) => new CacheWayIn({ ...options(wallNow), cache: { url } }))

async function startHttp(middleman: Middleman, wayTo: (url: string) => WayIn): Promise<Stand> {
  const letters: Uint8Array[] = []
  const server = createServer(async (request, response) => {
    const inPath = request.url?.replace('/v1/offers', '').slice(1) ?? ''
    const letter = request.method === 'GET' ? decodeBase64Url(inPath) : await buffer(request)
    const before = [...letters]
    letters.push(letter)
    respond(response, middleman(letter, before))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const way = wayTo(`http://${HOST}:${(server.address() as AddressInfo).port}`)
  return {
    way,
    letters,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function respond(response: ServerResponse, answers: readonly Uint8Array[]): void {
  if (answers.length === 0) response.destroy()
  else response.end(Buffer.concat(answers))
}

/** A Nostr relay that plays signaling as well. */
export const startRelay: StartStand = async (middleman, wallNow) => {
  const letters: Uint8Array[] = []
  const server = new WebSocketServer({ host: HOST, port: 0 })
  server.on('connection', (socket) => {
    let subscribed: [id: string, kind: number] | undefined
    socket.on('message', (data) => {
      const [type, first, second] = JSON.parse(String(data))
      if (type === 'REQ') {
        subscribed = [first, second.kinds[0]]
        socket.send(JSON.stringify(['EOSE', first]))
      } else if (type === 'EVENT' && subscribed) {
        const before = [...letters]
        const letter = Buffer.from(first.content, 'base64')
        letters.push(letter)
        for (const answer of middleman(letter, before)) tell(socket, subscribed, answer)
        socket.close()
      }
    })
  })
  await once(server, 'listening')
  const mailbox = `ws://${HOST}:${(server.address() as AddressInfo).port}`
  return {
    way: new MailboxWayIn({ ...options(wallNow), mailbox, signalingKey: SIGNALING_KEY }),
    letters,
    close: () => {
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

function tell(socket: WebSocket, [id, kind]: [string, number], answer: Uint8Array): void {
  const content = Buffer.from(answer).toString('base64')
  socket.send(JSON.stringify(['EVENT', id, { kind, content }]))
}
