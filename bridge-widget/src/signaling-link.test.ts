import {
  encodeSignalingMessage,
  type ServerToBridge,
  type WebRtc,
  type WebSocketLike,
} from '@footbridge/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
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
}

let link: SignalingLink

function open(options: Partial<SignalingLinkOptions> = {}): FakeSocket {
  link = new SignalingLink({
    signaling: ['http://signaling.example'],
    platform: { WebSocket: FakeSocket, webRtc: {} as WebRtc, clock: new ManualClock(), random: () => 0 },
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
