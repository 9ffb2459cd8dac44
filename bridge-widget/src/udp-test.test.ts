import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.test.helper.ts'
import type { UdpTest } from './platform.ts'
import { testUdp } from './udp-test.ts'

type Found = { readonly type: string; readonly candidate: string } | null

/** A connection whose candidates come from the test. */
class FakeConnection {
  static made: FakeConnection[] = []
  static fails = false
  onicecandidate: ((event: { candidate: Found }) => void) | undefined
  isClosed = false
  readonly configuration: RTCConfiguration

  constructor(configuration: RTCConfiguration) {
    if (FakeConnection.fails) throw new DOMException('too many', 'UnknownError')
    this.configuration = configuration
    FakeConnection.made.push(this)
  }

  createDataChannel(): void {}

  async setLocalDescription(): Promise<void> {}

  close(): void {
    this.isClosed = true
  }

  find(candidate: Found): void {
    this.onicecandidate?.({ candidate })
  }
}

const HOST: Found = { type: 'host', candidate: 'candidate:1 1 udp 2113937151 one.local 40000 typ host' }
const seenAs = (foundation: number, port: number): Found => ({
  type: 'srflx',
  candidate: `candidate:${foundation} 1 udp 1677729535 9.9.9.9 ${port} typ srflx raddr 0.0.0.0 rport 0`,
})

let clock: ManualClock
let abort: AbortController
let result: UdpTest | undefined

function start(): FakeConnection {
  void testUdp({
    stun: ['stun:one.example:3478', 'stun:two.example:3478'],
    RTCPeerConnection: FakeConnection as unknown as typeof RTCPeerConnection,
    clock,
    signal: abort.signal,
  }).then((found) => {
    result = found
  })
  return FakeConnection.made[0] as FakeConnection
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve))

beforeEach(() => {
  FakeConnection.made = []
  FakeConnection.fails = false
  clock = new ManualClock()
  abort = new AbortController()
  result = undefined
})

describe('a test of UDP', () => {
  it('asks all STUN servers by one connection, and passes soon after the first answer', async () => {
    const connection = start()
    expect(connection.configuration.iceServers).toEqual([
      { urls: ['stun:one.example:3478', 'stun:two.example:3478'] },
    ])
    clock.advance(4_000)
    connection.find(HOST)
    connection.find(seenAs(1, 1_000))
    clock.advance(299)
    await settle()
    expect(result).toBeUndefined()
    clock.advance(1)
    await settle()
    expect(result).toEqual({ passes: true })
    expect(connection.isClosed).toBe(true)
  })

  it('waits no longer than there is something to come', async () => {
    const connection = start()
    connection.find(seenAs(1, 1_000))
    connection.find(null)
    await settle()
    expect(result).toEqual({ passes: true })
  })

  it('tells a strict NAT, which shows one socket as two', async () => {
    const connection = start()
    connection.find(seenAs(1, 1_000))
    connection.find(seenAs(1, 1_001))
    connection.find(null)
    await settle()
    expect(result).toEqual({ passes: true, nat: 'strict' })
  })

  it('fails after 5 s without any answer, and at once when none can come any more', async () => {
    start().find(HOST)
    clock.advance(4_999)
    await settle()
    expect(result).toBeUndefined()
    clock.advance(1)
    await settle()
    expect(result).toEqual({ passes: false })
    FakeConnection.made = []
    result = undefined
    start().find(null)
    await settle()
    expect(result).toEqual({ passes: false })
  })

  it('has nothing against a browser that makes no connection just now, and ends when it is given up', async () => {
    FakeConnection.fails = true
    start()
    await settle()
    expect(result).toEqual({ passes: true })
    FakeConnection.fails = false
    result = undefined
    const connection = start()
    abort.abort()
    await settle()
    expect(result).toEqual({ passes: true })
    expect(connection.isClosed).toBe(true)
  })
})
