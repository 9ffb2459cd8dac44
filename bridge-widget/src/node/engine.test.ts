import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  type BridgeOfferMessage,
  type BridgeToServer,
  bytesOfMessage,
  type Carrier,
  CloseCode,
  encodeSignalingMessage,
  type NatClass,
  type NetworkDescriptor,
  offerPeer,
  parseBridgeToServer,
  type RendezvousPeer,
  type ServerToBridge,
  systemClock,
  type UnknownMessage,
  webSocketCarrier,
} from '@footbridge/shared'
import { nodeWebRtc, nodeWebSocket } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { ConnectionBudget } from '../connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from '../engine.ts'
import type { BridgeState } from '../engine-state.ts'
import { ManualClock } from '../manual-clock.test.helper.ts'
import type { Platform } from '../platform.ts'
import type { HoursOfDay } from '../volunteer-limits.ts'
import { startHeadlessBridge } from './headless-bridge.ts'

const KEY = 'A'.repeat(43)

/** A signaling server that says what the test wants, and an egress that echoes. Both real sockets. */
class FakeNetwork {
  readonly #signaling = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  readonly #egress = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  readonly received: (BridgeToServer | UnknownMessage)[] = []
  readonly tickets: (string | null)[] = []
  readonly egressCloses: Promise<CloseCode>[] = []
  readonly #clients = new Map<number, RendezvousPeer>()
  #bridge: WebSocket | undefined
  #arrived: () => void = () => {}
  register: ServerToBridge = { type: 'registered', bridgeId: 'bridge-1' }
  registrations = 0

  async open(): Promise<void> {
    await Promise.all([once(this.#signaling, 'listening'), once(this.#egress, 'listening')])
    this.#signaling.on('connection', (socket) => {
      this.#bridge = socket
      socket.on('message', (data) =>
        this.#receive(parseBridgeToServer(bytesOfMessage(data) ?? new Uint8Array())),
      )
    })
    this.#egress.on('connection', (socket, request) => {
      this.tickets.push(new URL(request.url ?? '', 'http://egress').searchParams.get('ticket'))
      const carrier = webSocketCarrier(socket)
      this.egressCloses.push(
        new Promise((close) => carrier.start({ packet: (packet) => carrier.send(packet), close })),
      )
    })
  }

  close(): void {
    for (const server of [this.#signaling, this.#egress]) {
      for (const socket of server.clients) socket.terminate()
      server.close()
    }
  }

  get descriptor(): NetworkDescriptor {
    const origin = (server: WebSocketServer) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return {
      version: 1,
      signaling: [origin(this.#signaling)],
      egresses: [
        { id: 'echo', url: origin(this.#egress), publicKey: KEY },
        { id: 'dead', url: 'http://127.0.0.1:1', publicKey: KEY },
      ],
      stun: [],
      ticketKey: KEY,
      allowPrivateCandidates: true,
    }
  }

  say(message: ServerToBridge): void {
    this.#bridge?.send(encodeSignalingMessage(message))
  }

  /** The signaling server dies; it can be reached again at once. */
  dropBridge(): void {
    this.#bridge?.terminate()
  }

  /** A client offers; its carrier, once it is connected through the bridge. */
  offer(offerId: number, options: Partial<BridgeOfferMessage> = {}): Promise<Carrier> {
    const { egress = 'echo', trickle = true, ...rest } = options
    const client = offerPeer({
      webRtc: nodeWebRtc(),
      clock: systemClock,
      stun: [],
      allowPrivateCandidates: true,
      trickle,
      onDescription: (sdp) =>
        this.say({ type: 'offer', offerId, sdp, ticket: `ticket-${offerId}`, egress, trickle, ...rest }),
      onCandidate: (candidate) => this.say({ type: 'candidate', offerId, candidate }),
    })
    this.#clients.set(offerId, client)
    return client.carrier
  }

  async message<T extends BridgeToServer['type']>(
    type: T,
    matches: (message: Extract<BridgeToServer, { type: T }>) => boolean = () => true,
  ): Promise<Extract<BridgeToServer, { type: T }>> {
    for (;;) {
      const found = this.received.find(
        (message) => message.type === type && matches(message as Extract<BridgeToServer, { type: T }>),
      )
      if (found) return found as Extract<BridgeToServer, { type: T }>
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  async count(type: BridgeToServer['type'], count: number): Promise<void> {
    while (this.received.filter((message) => message.type === type).length < count) {
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  #receive(message: BridgeToServer | UnknownMessage): void {
    this.received.push(message)
    if (message.type === 'register') {
      this.registrations += 1
      this.say(this.register)
    } else if (message.type === 'answer') {
      this.#clients.get(message.offerId)?.accept(message.sdp)
    } else if (message.type === 'candidate') {
      this.#clients.get(message.offerId)?.addCandidate(message.candidate, message.sdpMid)
    }
    this.#arrived()
  }
}

const carriers: Carrier[] = []
let network: FakeNetwork
let engine: BridgeEngine | undefined
let changed: () => void

beforeEach(async () => {
  network = new FakeNetwork()
  await network.open()
})
afterEach(() => {
  engine?.stop()
  engine = undefined
  for (const carrier of carriers.splice(0)) carrier.close(CloseCode.done)
  network.close()
})

// No jitter: reconnects at once.
const platform = (): Platform => ({
  WebSocket: nodeWebSocket,
  webRtc: nodeWebRtc(),
  clock: systemClock,
  random: () => 0,
})

function startEngine(options: Partial<BridgeEngineOptions> = {}): BridgeEngine {
  changed = () => {}
  engine = new BridgeEngine({
    network: network.descriptor,
    platform: platform(),
    onChange: () => changed(),
    ...options,
  })
  engine.start()
  return engine
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => (changed = resolve))
}

const untilState = (bridge: BridgeEngine, state: BridgeState) => until(() => bridge.state === state)

/** A connected client and what comes out of its carrier. */
async function connectClient(offerId: number, options?: Partial<BridgeOfferMessage>) {
  const carrier = await network.offer(offerId, options)
  carriers.push(carrier)
  const packets: Uint8Array[] = []
  let arrived: () => void = () => {}
  const closed = new Promise<CloseCode>((close) => {
    carrier.start({
      packet: (packet) => {
        packets.push(packet)
        arrived()
      },
      close,
    })
  })
  const echoed = async (count: number): Promise<Uint8Array[]> => {
    while (packets.length < count) await new Promise<void>((resolve) => (arrived = resolve))
    return packets
  }
  return { carrier, closed, echoed }
}

/** The carrier of a client whose traffic passes. */
async function connectRelaying(offerId: number, options?: Partial<BridgeOfferMessage>): Promise<Carrier> {
  const { carrier, echoed } = await connectClient(offerId, options)
  carrier.send(Uint8Array.of(offerId))
  await echoed(1)
  return carrier
}

describe('a bridge engine', () => {
  it('registers, waits, and makes nothing before it is needed', async () => {
    const bridge = startEngine({ capacity: 3 })
    expect(bridge.state).toBe('connecting')
    await untilState(bridge, 'waiting')
    expect(network.received).toEqual([{ type: 'register', version: 1, capacity: 3, load: 0 }])
    expect(network.tickets).toEqual([])
  })

  it.each([true, false])(
    'carries bytes both ways between a client and the egress (trickle: %s)',
    async (trickle) => {
      const bridge = startEngine()
      await untilState(bridge, 'waiting')
      const { carrier, echoed } = await connectClient(1, { trickle })
      for (let index = 0; index < 16; index++) carrier.send(new Uint8Array(65_536).fill(index))
      const echoes = await echoed(16)
      expect(echoes.map((packet) => [packet.length, packet[9]])).toEqual(
        Array.from({ length: 16 }, (_, index) => [65_536, index]),
      )
      expect(network.tickets).toEqual(['ticket-1'])
      expect(bridge.state).toBe('helping')
      expect(bridge.stats).toMatchObject({
        clients: 1,
        peopleHelped: 1,
        bytesUp: 1_048_576,
        bytesDown: 1_048_576,
      })
    },
  )

  it('serves several clients at once, and tells its load', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const clients = await Promise.all([1, 2, 3].map((offerId) => connectClient(offerId)))
    for (const [index, { carrier }] of clients.entries()) carrier.send(Uint8Array.of(index))
    for (const [index, { echoed }] of clients.entries())
      expect(await echoed(1)).toEqual([Uint8Array.of(index)])
    expect(bridge.stats.clients).toBe(3)
    await network.message('load', ({ clients }) => clients === 3)
    clients[0]?.carrier.close(CloseCode.done)
    await until(() => bridge.stats.clients === 2)
    expect(await network.egressCloses[0]).toBeDefined()
  })

  it('counts one more path of the same client as one more connection, but not as one more person', async () => {
    const bridge = startEngine({ capacity: 3 })
    await untilState(bridge, 'waiting')
    for (const [offerId, additional] of [[1, false] as const, [2, true] as const, [3, false] as const]) {
      await connectRelaying(offerId, { additional })
    }
    expect(bridge.stats).toMatchObject({ clients: 2, peopleHelped: 2 })
    await network.message('load', ({ clients }) => clients === 3)
    network.offer(4, { additional: true }).catch(() => {})
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 4, reason: 'busy' })
  })

  it('goes on helping when the first path of a client ends before the others', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const first = await connectRelaying(1)
    const others = [
      await connectRelaying(2, { additional: true }),
      await connectRelaying(3, { additional: true }),
    ]
    first.close(CloseCode.done)
    // One for each answer, one for the end.
    await network.count('load', 4)
    expect(bridge.state).toBe('helping')
    expect(bridge.stats).toMatchObject({ clients: 1, peopleHelped: 1 })
    for (const carrier of others) carrier.close(CloseCode.done)
    await untilState(bridge, 'waiting')
    expect(bridge.stats).toMatchObject({ clients: 0, peopleHelped: 1 })
  })

  it('declines clients beyond its capacity', async () => {
    const bridge = startEngine({ capacity: 1 })
    await untilState(bridge, 'waiting')
    await connectClient(1)
    network.offer(2).catch(() => {})
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 2, reason: 'busy' })
  })

  it('connects to no egress but those of its own descriptor', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    network.offer(1, { egress: 'elsewhere' }).catch(() => {})
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 1, reason: 'egress' })
    expect(network.received.some(({ type }) => type === 'answer')).toBe(false)
  })

  it('declines when the egress cannot be reached, and is free again', async () => {
    const bridge = startEngine({ capacity: 1 })
    await untilState(bridge, 'waiting')
    network.offer(1, { egress: 'dead' }).catch(() => {})
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 1, reason: 'egress' })
    await network.message('load', ({ clients }) => clients === 0)
    await connectClient(2)
  })

  it('declines an offer that is none', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    network.say({ type: 'offer', offerId: 1, sdp: 'v=0', ticket: 't', egress: 'echo', trickle: true })
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 1, reason: 'failed' })
  })

  it('lets go of an offer that is cancelled', async () => {
    const bridge = startEngine({ capacity: 1 })
    await untilState(bridge, 'waiting')
    const client = network.offer(1)
    client.catch(() => {})
    await network.message('load', ({ clients }) => clients === 1)
    network.say({ type: 'cancel', offerId: 1 })
    await network.message('load', ({ clients }) => clients === 0)
  })

  it('tells the client and the egress that it leaves', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const { carrier, closed, echoed } = await connectClient(1)
    carrier.send(Uint8Array.of(1))
    await echoed(1)
    bridge.stop()
    expect(bridge.state).toBe('off')
    expect(await closed).toBe(CloseCode.leaving)
    expect(await network.egressCloses[0]).toBe(CloseCode.leaving)
    expect(bridge.stats).toMatchObject({ clients: 0, peopleHelped: 1, bytesUp: 1, since: undefined })
  })

  it('can be turned on again, and goes on counting', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    await connectRelaying(1)
    bridge.stop()
    bridge.start()
    await untilState(bridge, 'waiting')
    await connectRelaying(1)
    expect(bridge.stats).toMatchObject({ clients: 1, peopleHelped: 2, bytesUp: 2 })
  })

  it('goes on helping while it finds its way back to signaling', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const { carrier, echoed } = await connectClient(1)
    carrier.send(Uint8Array.of(1))
    await echoed(1)
    network.dropBridge()
    await network.message('register', ({ load }) => load === 1)
    expect(bridge.state).toBe('helping')
    carrier.send(Uint8Array.of(2))
    await echoed(2)
    // The new registration counts offers from the start; the old client is not mistaken for one of them.
    await connectClient(1)
    await until(() => bridge.stats.clients === 2)
  })

  it('takes nobody more when its page can make no more connections', async () => {
    const budget = new ConnectionBudget(1)
    const wrtc = budget.counting(nodeWebRtc().wrtc as { RTCPeerConnection: new () => object })
    const bridge = startEngine({ budget, platform: { ...platform(), webRtc: { ...nodeWebRtc(), wrtc } } })
    await untilState(bridge, 'waiting')
    const { carrier } = await connectClient(1)
    network.offer(2).catch(() => {})
    await network.message('decline', ({ offerId }) => offerId === 2)
    await untilState(bridge, 'helping')
    carrier.close(CloseCode.done)
    await untilState(bridge, 'paused')
    expect(bridge.reason).toBe('connection-budget')
  })

  it('is unsuitable for a network of another version', async () => {
    network.register = { type: 'refused', reason: 'version', retryAfterMs: 0 }
    const bridge = startEngine()
    await untilState(bridge, 'unsuitable')
    expect(bridge.reason).toBe('version')
  })

  it('is told that it is not wanted, goes on helping whom it helps, and is there when it is wanted', async () => {
    const clock = new ManualClock()
    const bridge = startEngine({ platform: { ...platform(), clock } })
    await untilState(bridge, 'waiting')
    const carrier = await connectRelaying(1)
    network.register = { type: 'refused', reason: 'censored-country', retryAfterMs: 0 }
    network.dropBridge()
    await until(() => {
      clock.advance(1_000)
      return network.registrations === 2
    })
    expect(bridge.state).toBe('helping')
    carrier.close(CloseCode.done)
    await untilState(bridge, 'unsuitable')
    expect(bridge.reason).toBe('censored-country')
    network.register = { type: 'registered', bridgeId: 'bridge-2' }
    clock.advance(1_800_000)
    await untilState(bridge, 'waiting')
    expect(bridge.reason).toBeUndefined()
  })

  it('tells the country of each of those whom it helps, where it is known', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const first = await connectRelaying(1, { country: 'IR' })
    for (const [offerId, country] of [[2, 'CN'] as const, [3, 'IR'] as const, [4, undefined] as const]) {
      await connectRelaying(offerId, country && { country })
    }
    expect(bridge.stats).toMatchObject({ clients: 4, countries: ['IR', 'CN', 'IR'] })
    first.close(CloseCode.done)
    await until(() => bridge.stats.clients === 3)
    expect(bridge.stats.countries).toEqual(['CN', 'IR'])
  })

  it('says something once a minute, and no more, when it has nothing to say', async () => {
    const clock = new ManualClock()
    const bridge = startEngine({ platform: { ...platform(), clock } })
    await untilState(bridge, 'waiting')
    clock.advance(59_999)
    network.say({ type: 'offer', offerId: 1, sdp: '', ticket: '', egress: 'elsewhere', trickle: true })
    await network.message('decline')
    clock.advance(59_999)
    clock.advance(1)
    expect(await network.message('load')).toEqual({ type: 'load', clients: 0 })
    expect(network.received.map(({ type }) => type)).toEqual(['register', 'decline', 'load'])
    clock.advance(60_000)
    await network.count('load', 2)
  })

  it('tells what it knows of its NAT when it registers, and what it learns later', async () => {
    const clock = new ManualClock()
    let nat: NatClass | undefined = 'restricted'
    const bridge = startEngine({ platform: { ...platform(), clock, nat: () => nat } })
    expect(await network.message('register')).toMatchObject({ nat: 'restricted' })
    await untilState(bridge, 'waiting')
    nat = 'open'
    clock.advance(60_000)
    expect(await network.message('load')).toEqual({ type: 'load', clients: 0, nat: 'open' })
  })

  it('turns to the relay that comes with an offer', async () => {
    const relay = createSocket('udp4')
    relay.bind(0, '127.0.0.1')
    await once(relay, 'listening')
    const asked = once(relay, 'message')
    startEngine()
    await network.message('register')
    const turn = {
      urls: [`turn:127.0.0.1:${relay.address().port}?transport=udp`],
      username: '1600:a/b+c=',
      credential: 'a/b+c=',
    }
    carriers.push(await network.offer(1, { turn }))
    const [datagram] = await asked
    // An Allocate request (RFC 8656).
    expect(datagram.readUInt16BE(0)).toBe(0x0003)
    relay.close()
  })

  it.each([
    { capacity: 0 },
    { capacity: -1 },
    { capacity: 1.5 },
    { capacity: 1_025 },
    { capacity: Number.NaN },
    { rate: 0 },
    { rate: -1 },
    { rate: Number.NaN },
    { rate: Number.POSITIVE_INFINITY },
  ])('refuses limits that cannot be: %j', (limits) => {
    expect(() => startEngine(limits)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('comes back when the server refuses it for now', async () => {
    network.register = { type: 'refused', reason: 'limit', retryAfterMs: 1 }
    const bridge = startEngine()
    await network.message('register')
    network.register = { type: 'registered', bridgeId: 'bridge-2' }
    await untilState(bridge, 'waiting')
    expect(network.registrations).toBeGreaterThan(1)
  })
})

/** Hours of the day that do not begin while a test runs. */
function notNow(): HoursOfDay {
  const hour = new Date().getHours()
  return { from: (hour + 2) % 24, to: (hour + 3) % 24 }
}

describe('the limits of a bridge engine', () => {
  it('change the rate of what is being relayed, in both directions', async () => {
    const bridge = startEngine({ limits: { clients: 8, rate: 1 } })
    await untilState(bridge, 'waiting')
    const { carrier, echoed } = await connectClient(1)
    // The first takes the burst; without a change the others would take minutes each.
    for (let index = 0; index < 5; index++) carrier.send(Uint8Array.of(index, 1, 2, 3))
    await until(() => bridge.stats.peopleHelped === 1)
    bridge.setLimits({ clients: 8 })
    expect((await echoed(5)).map(([first]) => first)).toEqual([0, 1, 2, 3, 4])
    bridge.setLimits({ clients: 8, rate: 1 })
    bridge.setLimits({ clients: 8, rate: 1_000_000 })
    carrier.send(Uint8Array.of(5))
    await echoed(6)
  })

  it('turn nobody away when they allow fewer clients, but let nobody more in, and signaling knows', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    const clients = [await connectClient(1), await connectClient(2)]
    for (const { carrier, echoed } of clients) {
      carrier.send(Uint8Array.of(1))
      await echoed(1)
    }
    bridge.setLimits({ clients: 1 })
    expect(await network.message('load', ({ capacity }) => capacity === 1)).toMatchObject({ clients: 2 })
    network.offer(3).catch(() => {})
    expect(await network.message('decline')).toEqual({ type: 'decline', offerId: 3, reason: 'busy' })
    for (const { carrier, echoed } of clients) {
      carrier.send(Uint8Array.of(2))
      await echoed(2)
    }
    bridge.setLimits({ clients: 3 })
    await network.message('load', ({ capacity }) => capacity === 3)
    await connectClient(4)
    // Said once: what is told at each change need not say it again.
    const later = await network.message('load', ({ clients }) => clients === 3)
    expect(later).toEqual({ type: 'load', clients: 3 })
    network.dropBridge()
    await network.message('register', ({ capacity }) => capacity === 3)
  })

  it('reach signaling as well when they change while it is being asked', async () => {
    // Nothing that it would take for an answer.
    network.register = { type: 'cancel', offerId: 1 }
    const bridge = startEngine()
    await network.message('register', ({ capacity }) => capacity === 8)
    bridge.setLimits({ clients: 2 })
    network.say({ type: 'registered', bridgeId: 'bridge-1' })
    expect(await network.message('load')).toEqual({ type: 'load', clients: 0, capacity: 2 })
  })

  it('are lowered to what the page allows', () => {
    const bridge = startEngine({ capacity: 3, rate: 500 })
    expect(bridge.limits).toEqual({ clients: 3, rate: 500 })
    bridge.setLimits({ clients: 8, rate: 1_000, dayQuota: 5 })
    expect(bridge.limits).toEqual({ clients: 3, rate: 500, dayQuota: 5 })
    bridge.setLimits({ clients: 2, rate: 100 })
    expect(bridge.limits).toEqual({ clients: 2, rate: 100 })
    for (const limits of [{ clients: 0 }, { clients: 1, rate: 0 }, { clients: 1, dayQuota: 0 }]) {
      expect(() => bridge.setLimits(limits)).toThrow(expect.objectContaining({ code: 'usage' }))
    }
    expect(bridge.limits).toEqual({ clients: 2, rate: 100 })
  })

  it('end a transfer politely when the quota of the day is reached, and take people again after midnight', async () => {
    const clock = new ManualClock()
    clock.wallAheadMs = new Date(2026, 10, 24, 23, 30).getTime()
    const bridge = startEngine({
      platform: { ...platform(), clock },
      limits: { clients: 8, dayQuota: 200_000 },
    })
    await untilState(bridge, 'waiting')
    const { carrier, closed, echoed } = await connectClient(1)
    const connecting = network.offer(2)
    connecting.catch(() => {})
    await network.message('answer', ({ offerId }) => offerId === 2)
    carrier.send(new Uint8Array(65_536))
    await echoed(1)
    clock.advance(1_000)
    expect(bridge.state).toBe('helping')
    carrier.send(new Uint8Array(65_536))
    await echoed(2)
    clock.advance(1_000)
    expect(bridge).toMatchObject({ state: 'paused', reason: 'day-quota' })
    expect(await closed).toBe(CloseCode.leaving)
    expect(await network.egressCloses[0]).toBe(CloseCode.leaving)
    expect(bridge.stats).toMatchObject({ clients: 0, total: { peopleHelped: 1, bytes: 262_144, seconds: 2 } })
    expect(network.registrations).toBe(1)
    clock.advance(30 * 60_000 - 2_000)
    await untilState(bridge, 'waiting')
    expect(network.registrations).toBe(2)
    await connectRelaying(1)
    expect(bridge.stats.total).toMatchObject({ peopleHelped: 2, bytes: 262_146 })
  })

  it('keep a bridge from ever asking signaling outside its hours, until they are taken away', async () => {
    const bridge = startEngine({
      platform: { ...platform(), clock: new ManualClock() },
      // Whatever the zone: an hour that is not now.
      limits: { clients: 8, hours: { from: (new Date(0).getHours() + 1) % 24, to: new Date(0).getHours() } },
    })
    expect(bridge).toMatchObject({ state: 'paused', reason: 'hours' })
    bridge.setLimits({ clients: 2 })
    expect(bridge).toMatchObject({ state: 'connecting', reason: undefined })
    await untilState(bridge, 'waiting')
    expect(network.received).toEqual([{ type: 'register', version: 1, capacity: 2, load: 0 }])
  })

  it('and conditions let everybody go when the battery gets low, and go on when it is charged', async () => {
    let changed: () => void = () => {}
    const conditions = {
      savesData: false,
      isCellular: false,
      isBatteryLow: false,
      watch: (onChange: () => void) => {
        changed = onChange
        return () => {}
      },
    }
    const bridge = startEngine({ conditions })
    await untilState(bridge, 'waiting')
    const { carrier, closed, echoed } = await connectClient(1)
    carrier.send(Uint8Array.of(1))
    await echoed(1)
    conditions.isBatteryLow = true
    changed()
    expect(bridge).toMatchObject({ state: 'paused', reason: 'battery' })
    expect(await closed).toBe(CloseCode.leaving)
    conditions.isBatteryLow = false
    changed()
    expect(bridge.state).toBe('connecting')
    await untilState(bridge, 'waiting')
    await connectRelaying(1)
  })

  it('bring back no bridge that the network has turned down, nor one whose page can make no more connections', async () => {
    network.register = { type: 'refused', reason: 'version', retryAfterMs: 0 }
    const old = startEngine()
    await untilState(old, 'unsuitable')
    old.setLimits({ clients: 8, hours: notNow() })
    old.setLimits({ clients: 8 })
    expect(old).toMatchObject({ state: 'unsuitable', reason: 'version' })

    const spent = startEngine({ budget: new ConnectionBudget(0), limits: { clients: 8, hours: notNow() } })
    expect(spent.reason).toBe('hours')
    spent.setLimits({ clients: 8 })
    expect(spent).toMatchObject({ state: 'paused', reason: 'connection-budget' })
  })

  it('do not make it forgotten that the network has turned the bridge down while it was helping', async () => {
    const bridge = startEngine()
    await untilState(bridge, 'waiting')
    await connectRelaying(1)
    network.register = { type: 'refused', reason: 'version', retryAfterMs: 0 }
    network.dropBridge()
    await network.message('register', ({ load }) => load === 1)
    await new Promise<void>((refused) => (changed = refused))
    expect(bridge.state).toBe('helping')
    bridge.setLimits({ clients: 8, hours: notNow() })
    expect(bridge.stats.clients).toBe(0)
    bridge.setLimits({ clients: 8 })
    await untilState(bridge, 'unsuitable')
    expect(bridge.reason).toBe('version')
  })
})

describe('a headless bridge', () => {
  it('resolves when it is registered, and leaves when closed', async () => {
    const bridge = await startHeadlessBridge({ network: network.descriptor })
    expect(bridge.engine.state).toBe('waiting')
    await bridge.close()
    expect(bridge.engine.state).toBe('off')
  })

  it('resolves when it may not help at this hour', async () => {
    const limits = { clients: 8, hours: notNow() }
    const bridge = await startHeadlessBridge({ network: network.descriptor, limits })
    expect(bridge.engine).toMatchObject({ state: 'paused', reason: 'hours' })
    await bridge.close()
  })

  it('gives up when it is told to', async () => {
    const starting = startHeadlessBridge({
      network: { ...network.descriptor, signaling: ['http://127.0.0.1:1'] },
      signal: AbortSignal.timeout(20),
    })
    await expect(starting).rejects.toMatchObject({ code: 'aborted' })
  })

  it('says so when the network speaks another version', async () => {
    network.register = { type: 'refused', reason: 'version', retryAfterMs: 0 }
    await expect(startHeadlessBridge({ network: network.descriptor })).rejects.toMatchObject({
      code: 'protocol',
    })
  })
})
