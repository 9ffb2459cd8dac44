import {
  encodeSignalingMessage,
  type ServerToBridge,
  SignalingCloseCode,
  type WebRtc,
  type WebSocketLike,
} from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.test.helper.ts'
import { SignalingLink, type SignalingLinkOptions } from './signaling-link.ts'

/** A socket whose server is the test. */
class FakeSocket implements WebSocketLike {
  static made: FakeSocket[] = []
  readonly #listeners = new Map<string, (event: { data: unknown; code: number }) => void>()
  binaryType = 'arraybuffer'
  readyState = 1
  bufferedAmount = 0
  isClosed = false

  constructor() {
    FakeSocket.made.push(this)
  }

  send(): void {}

  close(): void {
    this.isClosed = true
  }

  addEventListener(type: string, listener: (event: { data: unknown; code: number }) => void): void {
    this.#listeners.set(type, listener)
  }

  receive(data: Uint8Array<ArrayBuffer>): void {
    this.#listeners.get('message')?.({ data: data.slice().buffer, code: 0 })
  }

  fail(code = 1006): void {
    this.#listeners.get('close')?.({ data: undefined, code })
  }
}

let link: SignalingLink
let clock: ManualClock

function open(options: Partial<SignalingLinkOptions> = {}): FakeSocket {
  link = new SignalingLink({
    signaling: ['http://signaling.example'],
    platform: { WebSocket: FakeSocket, webRtc: {} as WebRtc, clock, random: () => 1 },
    register: () => ({ type: 'register', version: 1, capacity: 1 }),
    load: () => ({ type: 'load', clients: 0 }),
    onRegistered: () => {},
    onUnregistered: () => {},
    onMessage: () => {},
    onUnreachable: () => {},
    onRefused: () => {},
    ...options,
  })
  const [socket] = FakeSocket.made
  if (socket === undefined) throw new Error('no socket was made')
  return socket
}

beforeEach(() => {
  FakeSocket.made = []
  clock = new ManualClock()
})
afterEach(() => link.stop())

const REGISTERED: ServerToBridge = { type: 'registered', bridgeId: 'one' }

it('lets go of a server that speaks nonsense', () => {
  const socket = open()
  socket.receive(new TextEncoder().encode('nonsense'))
  expect(socket.isClosed).toBe(true)
})

it('does not take a mistake of its own program for nonsense of the server', () => {
  const socket = open({
    onRegistered: () => {
      throw new TypeError('a mistake')
    },
  })
  expect(() => socket.receive(encodeSignalingMessage(REGISTERED))).toThrow('a mistake')
  expect(socket.isClosed).toBe(false)
})

describe('a server that does not answer', () => {
  const latest = (): FakeSocket => FakeSocket.made.at(-1) as FakeSocket

  it('is tried less and less often, and never less than once a minute', () => {
    open()
    const waits = Array.from({ length: 10 }, () => {
      const { length } = FakeSocket.made
      latest().fail()
      let waited = 0
      for (; FakeSocket.made.length === length; waited += 1) clock.advance(1_000)
      return waited
    })
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
  })

  it('is said to be unreachable once all others are as well', () => {
    let told = 0
    open({
      signaling: ['http://one.example', 'http://two.example'],
      onUnreachable: () => {
        told += 1
      },
    })
    latest().fail()
    expect(told).toBe(0)
    clock.advance(1_000)
    latest().fail()
    expect(told).toBe(1)
    clock.advance(2_000)
    latest().receive(encodeSignalingMessage(REGISTERED))
    latest().fail()
    expect(told).toBe(1)
  })

  it('is tried at once when the network has changed, and is not tried twice', () => {
    open()
    latest().fail()
    link.hurry()
    link.hurry()
    expect(FakeSocket.made).toHaveLength(2)
    clock.advance(5_000)
    expect(FakeSocket.made).toHaveLength(2)
  })

  it('is no friend because it registers everybody and hangs up: it is tried less often all the same', () => {
    open()
    for (let attempt = 0; attempt < 5; attempt += 1) {
      latest().receive(encodeSignalingMessage(REGISTERED))
      latest().fail()
      clock.advance(1_000 * 2 ** attempt)
    }
    expect(FakeSocket.made).toHaveLength(6)
    latest().receive(encodeSignalingMessage(REGISTERED))
    clock.advance(10_000)
    latest().fail()
    clock.advance(1_000)
    expect(FakeSocket.made).toHaveLength(7)
  })
})

describe('a server that does not want the bridge', () => {
  it.each([['version'], ['censored-country']] as const)(
    'for its %s is asked again in an hour, not before',
    (reason) => {
      const reasons: string[] = []
      const socket = open({ onRefused: (reason) => reasons.push(reason) })
      socket.receive(encodeSignalingMessage({ type: 'refused', reason, retryAfterMs: 3_600_000 }))
      socket.fail(SignalingCloseCode.limit)
      expect([reasons, socket.isClosed]).toEqual([[reason], true])
      clock.advance(3_600_000)
      expect(FakeSocket.made).toHaveLength(1)
      clock.advance(1_000)
      expect(FakeSocket.made).toHaveLength(2)
    },
  )

  it('is asked no more often because it says so', () => {
    open().receive(encodeSignalingMessage({ type: 'refused', reason: 'version', retryAfterMs: 0 }))
    clock.advance(1_799_999)
    expect(FakeSocket.made).toHaveLength(1)
  })

  it('may say by its close code alone that it speaks another version', () => {
    const reasons: string[] = []
    open({ onRefused: (reason) => reasons.push(reason) }).fail(SignalingCloseCode.mustUpgrade)
    expect(reasons).toEqual(['version'])
  })
})
