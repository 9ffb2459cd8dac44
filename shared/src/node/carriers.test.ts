import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Carrier, CloseCode } from '../carrier.ts'
import { systemClock } from '../clock.ts'
import { MAX_PACKET_BYTES, MAX_PATH_WINDOW_BYTES } from '../constants.ts'
import {
  answerPeer,
  offerPeer,
  type RendezvousOptions,
  type RendezvousPeer,
  type WebRtc,
} from '../rendezvous-peer.ts'
import type { SimplePeerLike } from '../simple-peer-carrier.ts'
import { openWebSocketCarrier, webSocketCarrier } from '../websocket-carrier.ts'
import { nodeWebSocket } from './web-socket.ts'
import { nodeWebRtc } from './webrtc.ts'

/** Two real ends of one carrier, and what lies under one of them. */
interface Pair {
  readonly near: Carrier
  readonly far: Carrier
  /** Ends the far end as a crash would: nothing is said. */
  kill(): void
  /** Sends something over the far end's pipe that no carrier would send. */
  sendRaw(data: string | Uint8Array): void
}

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function webSocketPair(): Promise<Pair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  cleanups.push(() => server.close())
  await once(server, 'listening')
  const accepted = new Promise<{ socket: WebSocket; far: Carrier }>((resolve) => {
    server.once('connection', (socket) => resolve({ socket, far: webSocketCarrier(socket) }))
  })
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const near = await openWebSocketCarrier(url, { WebSocket: nodeWebSocket, timeoutMs: 5_000 })
  const { socket, far } = await accepted
  return { near, far, kill: () => socket.terminate(), sendRaw: (data) => socket.send(data) }
}

async function dataChannelPair(trickle = true): Promise<Pair> {
  const peers: SimplePeerLike[] = []
  const { SimplePeer } = nodeWebRtc()
  class ObservedPeer extends SimplePeer {
    constructor(options: object) {
      super(options)
      peers.push(this)
    }
  }
  const common = {
    webRtc: { ...nodeWebRtc(), SimplePeer: ObservedPeer },
    clock: systemClock,
    stun: [],
    allowPrivateCandidates: true,
    trickle,
  }
  const offerer: RendezvousPeer = offerPeer({
    ...common,
    onDescription: (sdp) => answer(sdp),
    onCandidate: (candidate, sdpMid) => answerer?.addCandidate(candidate, sdpMid),
  } as RendezvousOptions)
  let answerer: RendezvousPeer | undefined
  let answer: (sdp: string) => void = () => {}
  const answered = new Promise<RendezvousPeer>((resolve) => {
    answer = (sdp) => {
      answerer = answerPeer(sdp, {
        ...common,
        onDescription: (description) => offerer.accept(description),
        onCandidate: (candidate, sdpMid) => offerer.addCandidate(candidate, sdpMid),
      } as RendezvousOptions)
      resolve(answerer)
    }
  })
  const [near, far] = await Promise.all([offerer.carrier, answered.then(({ carrier }) => carrier)])
  cleanups.push(() => {
    for (const peer of peers) peer.destroy()
  })
  return { near, far, kill: () => peers[1]?.destroy(), sendRaw: (data) => peers[1]?.send(data) }
}

/** Collects what a carrier delivers; each wait ends with the test's own deadline. */
function listenTo(carrier: Carrier): {
  packets(count: number): Promise<Uint8Array[]>
  closed: Promise<CloseCode>
} {
  const packets: Uint8Array[] = []
  let arrived: () => void = () => {}
  const closed = new Promise<CloseCode>((close) => {
    carrier.start({
      packet: (bytes) => {
        packets.push(bytes)
        arrived()
      },
      close,
    })
  })
  return {
    closed,
    packets: async (count) => {
      while (packets.length < count) await new Promise<void>((resolve) => (arrived = resolve))
      return packets
    },
  }
}

const KINDS = [
  ['a WebSocket', webSocketPair],
  ['a trickled data channel', () => dataChannelPair(true)],
  ['a data channel from complete descriptions', () => dataChannelPair(false)],
] as const

describe.each(KINDS)('a carrier over %s', (_, pair) => {
  it('delivers packets whole and in order, both ways', async () => {
    const { near, far } = await pair()
    const [atNear, atFar] = [listenTo(near), listenTo(far)]
    const sizes = [0, 1, MAX_PACKET_BYTES, 7]
    for (const size of sizes) {
      near.send(new Uint8Array(size).fill(1))
      far.send(new Uint8Array(size).fill(2))
    }
    expect((await atFar.packets(4)).map((packet) => packet.length)).toEqual(sizes)
    expect((await atNear.packets(4)).map((packet) => packet.length)).toEqual(sizes)
    expect((await atFar.packets(4)).every((packet) => packet.every((byte) => byte === 1))).toBe(true)
  })

  it('keeps what arrives before it is started', async () => {
    const { near, far } = await pair()
    near.send(Uint8Array.of(1))
    near.send(Uint8Array.of(2))
    near.close(CloseCode.done)
    const atFar = listenTo(far)
    expect(await atFar.closed).toBe(CloseCode.done)
    expect(await atFar.packets(2)).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
  })

  it('is closed as overflow by more early packets than a path may have in flight', async () => {
    const { near, far } = await pair()
    const atNear = listenTo(near)
    for (let sent = 0; sent <= MAX_PATH_WINDOW_BYTES; sent += MAX_PACKET_BYTES) {
      near.send(new Uint8Array(MAX_PACKET_BYTES))
    }
    expect(await atNear.closed).toBe(CloseCode.overflow)
    expect(await listenTo(far).closed).toBe(CloseCode.overflow)
  })

  it('tells the other end why it closes, after everything sent before', async () => {
    const { near, far } = await pair()
    const atFar = listenTo(far)
    for (let index = 0; index < 8; index++) near.send(new Uint8Array(MAX_PACKET_BYTES))
    near.close(CloseCode.leaving)
    near.close(CloseCode.done)
    expect(await atFar.closed).toBe(CloseCode.leaving)
    expect(await atFar.packets(8)).toHaveLength(8)
  })

  it('is lost when the other end dies', async () => {
    const { near, kill } = await pair()
    const atNear = listenTo(near)
    kill()
    expect(await atNear.closed).toBe(CloseCode.lost)
    near.send(Uint8Array.of(1))
    expect(near.bufferedAmount).toBe(0)
  })

  it('does not tell its owner of the end that the owner asked for', async () => {
    const { near, far } = await pair()
    let told = false
    near.start({ packet: () => {}, close: () => (told = true) })
    const atFar = listenTo(far)
    near.close(CloseCode.done)
    await atFar.closed
    expect(told).toBe(false)
  })

  it('refuses text', async () => {
    const { near, far, sendRaw } = await pair()
    const [atNear, atFar] = [listenTo(near), listenTo(far)]
    sendRaw('hello')
    expect(await atNear.closed).toBe(CloseCode.faulty)
    expect(await atFar.closed).toBe(CloseCode.faulty)
  })

  it('refuses an over-long message', async () => {
    const { near, sendRaw } = await pair()
    const atNear = listenTo(near)
    sendRaw(new Uint8Array(MAX_PACKET_BYTES + 1))
    // `ws` refuses it itself, before it has read it.
    expect([CloseCode.faulty, CloseCode.lost]).toContain(await atNear.closed)
  })

  it('tells when it has drained', async () => {
    const { near, far } = await pair()
    const atFar = listenTo(far)
    const drained = new Promise<void>((drain) => near.start({ packet: () => {}, close: () => {}, drain }))
    await Promise.resolve()
    for (let index = 0; index < 256; index++) near.send(new Uint8Array(MAX_PACKET_BYTES))
    await drained
    expect(await atFar.packets(256)).toHaveLength(256)
  })
})

describe('opening a WebSocket', () => {
  it('fails as unavailable when nobody listens', async () => {
    const opening = openWebSocketCarrier('ws://127.0.0.1:1', { WebSocket: nodeWebSocket, timeoutMs: 5_000 })
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('fails as unavailable on a URL that is none, without quoting it', async () => {
    const opening = openWebSocketCarrier('nonsense', { WebSocket: nodeWebSocket, timeoutMs: 5_000 })
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' })
    await expect(opening).rejects.not.toThrow(/nonsense/)
  })

  it('ends when its signal fires or its deadline passes', async () => {
    // Accepts TCP connections and never answers.
    const { createServer } = await import('node:net')
    const server = createServer().listen(0, '127.0.0.1')
    cleanups.push(() => server.close())
    await once(server, 'listening')
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    const opening = openWebSocketCarrier(url, { WebSocket: nodeWebSocket, timeoutMs: 20 })
    await expect(opening).rejects.toMatchObject({ code: 'timeout' })
    const cancelled = openWebSocketCarrier(url, {
      WebSocket: nodeWebSocket,
      timeoutMs: 5_000,
      signal: AbortSignal.timeout(20),
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a rendezvous', () => {
  const options = {
    webRtc: nodeWebRtc(),
    clock: systemClock,
    stun: [],
    allowPrivateCandidates: true,
    trickle: false,
    onDescription: () => {},
  }

  it('makes the answering side the DTLS client', async () => {
    const [offer, answer] = await new Promise<[string, string]>((resolve) => {
      const offerer = offerPeer({
        ...options,
        onDescription: (offer) => {
          const answerer = answerPeer(offer, {
            ...options,
            onDescription: (answer) => resolve([offer, answer]),
            signal: AbortSignal.timeout(1_000),
          })
          answerer.carrier.catch(() => {})
        },
        signal: AbortSignal.timeout(1_000),
      })
      offerer.carrier.catch(() => {})
    })
    expect(offer).toContain('a=setup:actpass')
    expect(answer).toContain('a=setup:active')
  })

  it('gives away no private address unless it may', async () => {
    const offer = await new Promise<string>((onDescription) => {
      const offerer = offerPeer({
        ...options,
        allowPrivateCandidates: false,
        onDescription,
        signal: AbortSignal.timeout(1_000),
      })
      offerer.carrier.catch(() => {})
    })
    expect(offer).not.toMatch(/a=candidate:.* (?:10|127|192\.168|169\.254|fd|fe80)[.:]/)
  })

  it('ends by its deadline', async () => {
    const { carrier } = offerPeer({ ...options, timeoutMs: 20 })
    await expect(carrier).rejects.toMatchObject({ code: 'timeout' })
  })

  it('ends when its signal fires', async () => {
    const already = offerPeer({ ...options, signal: AbortSignal.abort() })
    await expect(already.carrier).rejects.toMatchObject({ code: 'aborted' })
    const later = offerPeer({ ...options, signal: AbortSignal.timeout(10) })
    await expect(later.carrier).rejects.toMatchObject({ code: 'aborted' })
  })

  it('refuses a description that is none', async () => {
    const { carrier } = answerPeer('v=0\r\nnonsense', options)
    await expect(carrier).rejects.toMatchObject({ code: 'malformed' })
  })

  it('ends when nobody takes its description, however late that is ready', async () => {
    const SDP = await new Promise<string>((onDescription) => {
      offerPeer({ ...options, onDescription, signal: AbortSignal.timeout(1_000) }).carrier.catch(() => {})
    })
    let emit: (value: unknown) => void = () => {}
    class FakePeer {
      on(event: string, listener: (value: unknown) => void): void {
        if (event === 'signal') emit = listener
      }
      destroy(): void {}
    }
    const { carrier } = offerPeer({
      ...options,
      webRtc: { SimplePeer: FakePeer } as unknown as WebRtc,
      stun: ['stun:127.0.0.1:9'],
      onDescription: () => {
        throw new Error('the socket is closed')
      },
    })
    emit({ type: 'offer', sdp: SDP })
    emit({ type: 'candidate', candidate: { candidate: 'candidate:1 1 udp 1 8.8.8.8 9 typ srflx' } })
    await expect(carrier).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('refuses an over-long candidate', async () => {
    const offerer = offerPeer(options)
    offerer.addCandidate('x'.repeat(10_000))
    await expect(offerer.carrier).rejects.toMatchObject({ code: 'too-large' })
  })
})
