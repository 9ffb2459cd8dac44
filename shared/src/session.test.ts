import { describe, expect, it } from 'vitest'
import { type Carrier, CloseCode } from './carrier.ts'
import type { Clock } from './clock.ts'
import { readFrames } from './frame.ts'
import { noblePrimitives } from './noble.ts'
import { PacketOpener, PacketSealer } from './packet.ts'
import { Session } from './session.ts'

const TARGET = { host: 'example.org', port: 443 }
const KEYS = { clientToEgress: new Uint8Array(32).fill(1), egressToClient: new Uint8Array(32).fill(2) }

const STOPPED_CLOCK: Clock = { now: () => 0, wallNow: () => 0, after: () => () => {} }

/** A path's sealer, 2^32 packets later. */
class SpentSealer extends PacketSealer {
  override get spent(): boolean {
    return true
  }
}

class RecordingCarrier implements Carrier {
  readonly bufferedAmount = 0
  readonly sent: Uint8Array[] = []
  closedWith: CloseCode | undefined

  start(): void {}

  send(packet: Uint8Array): void {
    this.sent.push(packet)
  }

  close(code: CloseCode): void {
    this.closedWith = code
  }
}

describe('a session', () => {
  it('gives up a path that has used up its packet numbers and goes on over another', async () => {
    const session = new Session({
      role: 'client',
      primitives: noblePrimitives,
      clock: STOPPED_CLOCK,
      handlers: {},
    })
    const [spent, other] = [new RecordingCarrier(), new RecordingCarrier()]
    const ends: CloseCode[] = []
    session.state.addPath(1, 0, false)
    const crypto = session.pathCrypto(KEYS, 1, 0)
    const sealer = new SpentSealer(noblePrimitives, KEYS.clientToEgress, 1, 0)
    session.link(1, spent, { ...crypto, sealer }, { end: (code) => ends.push(code) })
    session.state.open(TARGET)
    await Promise.resolve()
    expect(spent.sent).toEqual([])
    expect(spent.closedWith).toBe(CloseCode.done)
    expect(ends).toEqual([CloseCode.done])

    session.state.addPath(2, 0, false)
    session.link(2, other, session.pathCrypto(KEYS, 2, 0), { end: () => {} })
    await Promise.resolve()
    const opener = new PacketOpener(noblePrimitives, KEYS.clientToEgress, 2, 0)
    const payload = opener.open(other.sent[0] ?? new Uint8Array(0))
    expect(payload && readFrames(payload)).toEqual([
      { type: 'path-lost', pathId: 1, received: 0 },
      { type: 'open', streamId: 1, target: TARGET },
    ])
  })
})
