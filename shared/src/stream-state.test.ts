import { describe, expect, it } from 'vitest'
import { INITIAL_STREAM_WINDOW_BYTES, MAX_PATH_WINDOW_BYTES } from './constants.ts'
import { ReceiveCredit, SendCredit } from './credit.ts'
import type { ErrorCode } from './errors.ts'
import { FrameWriter } from './frame.ts'
import type { Receipt } from './path.ts'
import { seededRandom } from './seeded-random.test.helper.ts'
import { ResetCode } from './session-stream.ts'
import { Simulation, TARGET, Transfer } from './simulation.test.helper.ts'
import { StreamState } from './stream-state.ts'

const LINK = { delayMs: 10, bytesPerMs: 5_000 }

/** An egress that was given just what `write` wrote, on one path. */
function egressGiven(write: (writer: FrameWriter) => void): Simulation {
  const simulation = new Simulation()
  const pathId = simulation.addLink(LINK)
  const writer = new FrameWriter(10_000)
  write(writer)
  simulation.egress.receive(pathId, writer.payload(), writer.length, simulation.now)
  return simulation
}

describe('a stream whose frames overtake each other', () => {
  it('is not opened once its RESET has come', () => {
    const { accepted, events } = egressGiven((writer) => {
      writer.reset(1, ResetCode.aborted, 0)
      writer.open(1, TARGET)
    })
    expect(accepted).toEqual([])
    expect(events).toEqual([])
  })

  it('keeps the data that came before its OPEN, and the end', () => {
    const { accepted } = egressGiven((writer) => {
      writer.fin(1, 4)
      writer.data(1, 2, Uint8Array.of(3, 4))
      writer.data(1, 0, Uint8Array.of(1, 2))
      writer.open(1, TARGET)
    })
    const [stream] = accepted
    expect(stream?.target).toEqual(TARGET)
    const read = [stream?.read(), stream?.read(), stream?.read()]
    expect(read.flatMap((bytes) => (bytes ? [...bytes] : []))).toEqual([1, 2, 3, 4])
    expect(stream?.read()).toBeNull()
  })

  it('is opened once, however often its OPEN is sent again', () => {
    const { accepted } = egressGiven((writer) => {
      writer.open(1, TARGET)
      writer.open(1, TARGET)
    })
    expect(accepted.length).toBe(1)
  })

  it('may come after streams with higher ids', () => {
    const { accepted, events } = egressGiven((writer) => {
      for (const id of [5, 1, 3, 2, 4]) writer.open(id, TARGET)
    })
    expect(accepted.map(({ id }) => id)).toEqual([5, 1, 3, 2, 4])
    expect(events).toEqual([])
  })

  it('does not come back to life when frames of it arrive after its end', () => {
    const simulation = new Simulation()
    const pathId = simulation.addLink(LINK)
    const stream = simulation.client.open(TARGET)
    simulation.run(100)
    stream.reset(ResetCode.aborted)
    simulation.run(1_000)
    expect(simulation.egress.streamCount).toBe(0)
    const writer = new FrameWriter(1_000)
    writer.open(1, TARGET)
    writer.data(1, 0, Uint8Array.of(1))
    simulation.egress.receive(pathId, writer.payload(), writer.length, simulation.now)
    expect(simulation.egress.streamCount).toBe(0)
    expect(simulation.accepted.length).toBe(1)
  })
})

describe('a stream that is over', () => {
  it('takes no more bytes and gives none, and tells its owner once', () => {
    const simulation = new Simulation()
    simulation.addLink(LINK)
    const failures: ErrorCode[] = []
    const stream = simulation.client.open(TARGET)
    stream.listen({ failed: (code) => failures.push(code) })
    simulation.run(100, () => {
      for (const accepted of simulation.accepted.splice(0)) {
        accepted.write(new Uint8Array(1_000))
        accepted.reset(ResetCode.reset)
      }
    })
    stream.write(new Uint8Array(1_000))
    stream.end()
    stream.reset(ResetCode.aborted)
    simulation.run(1_000)
    expect(failures).toEqual(['reset'])
    expect(stream.read()).toBeUndefined()
    expect(simulation.client.sendCredit.sent).toBe(0)
    expect(simulation.client.streamCount + simulation.egress.streamCount).toBe(0)
  })

  it('is not over before its RESET is acknowledged, whatever became of its data', () => {
    let finished = 0
    const stream = new StreamState(1, TARGET, {
      sendCredit: new SendCredit(1_000),
      receiveCredit: new ReceiveCredit(1_000, 1_000),
      orphaned: false,
      queuedBytes: 0,
      unackedBytes: 0,
      gapBytes: 0,
      wake: () => {},
      consumed: () => {},
      finished: () => {
        finished += 1
      },
      sendDatagram: () => {},
    })
    const writer = new FrameWriter(1_000)
    const receipts: Receipt[] = []
    stream.receiveFin(0)
    for (const byte of [1, 2]) {
      stream.write(Uint8Array.of(byte))
      stream.writeData(writer, receipts)
    }
    stream.end()
    stream.writeData(writer, receipts)
    const [first, second, fin] = receipts.splice(0)
    fin?.acked()
    stream.reset(ResetCode.aborted)
    first?.lost()
    second?.acked()
    expect(finished).toBe(0)
    stream.writeControl(writer, receipts, 0, 50)
    for (const receipt of receipts) receipt.acked()
    expect(finished).toBe(1)
  })
})

/** Writes as much as `stream` wants, as a target does that never ends; returns what it took so far. */
class Source {
  written = 0
  readonly #stream: StreamState

  constructor(stream: StreamState) {
    this.#stream = stream
    stream.accept()
    stream.listen({ writable: () => this.fill() })
    this.fill()
  }

  fill(): void {
    for (let room = this.#stream.writableBytes; room > 0; room = this.#stream.writableBytes) {
      const piece = new Uint8Array(Math.min(room, 65_536))
      this.#stream.write(piece)
      this.written += piece.length
    }
  }
}

/** A download from an endless target, and the client's end of it. */
function download(): { simulation: Simulation; pathId: number; source: Source; stream: StreamState } {
  const simulation = new Simulation()
  const pathId = simulation.addLink(LINK)
  const stream = simulation.client.open(TARGET)
  let source: Source | undefined
  simulation.run(15, () => {
    for (const accepted of simulation.accepted.splice(0)) source = new Source(accepted)
  })
  if (source === undefined) throw new Error('the stream did not open')
  return { simulation, pathId, source, stream }
}

function readAll(stream: StreamState): number {
  let length = 0
  for (let bytes = stream.read(); bytes; bytes = stream.read()) length += bytes.length
  return length
}

describe('a stream whose client does not read', () => {
  it('takes what the credit allows and little more, and holds only the little', () => {
    const { simulation, source } = download()
    simulation.run(10_000)
    expect(source.written).toBe(INITIAL_STREAM_WINDOW_BYTES + 16_384)
    expect(simulation.egress.heldBytes).toBe(16_384)
    expect(simulation.client.heldBytes).toBe(INITIAL_STREAM_WINDOW_BYTES)
  })

  it('goes on as soon as it reads', () => {
    const { simulation, source, stream } = download()
    simulation.run(10_000)
    let length = 0
    simulation.run(12_000, () => {
      length += readAll(stream)
    })
    expect(length).toBeGreaterThan(3_000_000)
    expect(source.written - length).toBeLessThan(MAX_PATH_WINDOW_BYTES)
  })

  it('goes on when credit comes a little at a time, however little', () => {
    const { simulation, pathId, source } = download()
    simulation.run(1_000)
    let limit = INITIAL_STREAM_WINDOW_BYTES
    const writer = new FrameWriter(100)
    for (let raises = 0; raises < 200; raises += 1) {
      limit += 1_000
      writer.clear()
      writer.window(1, limit)
      simulation.egress.receive(pathId, writer.payload(), writer.length, simulation.now)
      while (simulation.egress.poll(simulation.now) !== undefined);
    }
    expect(source.written).toBeGreaterThanOrEqual(limit)
    expect(source.written).toBeLessThanOrEqual(limit + 16_384)
  })
})

describe('a session at the egress that has lost its last path', () => {
  it('takes nothing more from its targets until it has one again', () => {
    const { simulation, pathId, source, stream } = download()
    simulation.run(100, () => readAll(stream))
    simulation.killLink(pathId)
    simulation.run(simulation.now + 1)
    const before = source.written
    source.fill()
    simulation.run(30_000, () => source.fill())
    expect(source.written).toBe(before)
    simulation.addLink(LINK)
    let length = 0
    simulation.run(31_000, () => {
      length += readAll(stream)
    })
    expect(length).toBeGreaterThan(1_000_000)
    expect(source.written).toBeGreaterThan(before)
  })

  it('wakes a target that was reached meanwhile', () => {
    const simulation = new Simulation()
    const pathId = simulation.addLink(LINK)
    const stream = simulation.client.open(TARGET)
    simulation.run(20)
    simulation.killLink(pathId)
    simulation.run(simulation.now + 1)
    const [accepted] = simulation.accepted
    if (accepted === undefined) throw new Error('the stream did not open')
    const source = new Source(accepted)
    expect(source.written).toBe(0)
    simulation.addLink(LINK)
    simulation.run(1_000, () => readAll(stream))
    expect(source.written).toBeGreaterThan(INITIAL_STREAM_WINDOW_BYTES)
  })
})

describe('what a session holds', () => {
  it('is nothing once all is over, whatever happened to its paths and streams', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed)
      const simulation = new Simulation()
      const addLink = () =>
        simulation.addLink({ delayMs: 1 + random() * 80, bytesPerMs: 200 + random() * 8_000 })
      addLink()
      const ends: { stream: StreamState; transfer: Transfer }[] = []
      const begin = (stream: StreamState, seed: number) =>
        ends.push({ stream, transfer: new Transfer(stream, Math.floor(random() * 600_000), seed) })
      for (let index = 0; index < 4; index += 1) begin(simulation.client.open(TARGET), index)
      // Each end sends its own length, so none checks what it reads.
      let nextChange = 50
      simulation.run(60_000, () => {
        for (const stream of simulation.accepted.splice(0)) begin(stream, stream.id)
        for (const { stream, transfer } of ends) {
          transfer.pump(random)
          if (random() < 0.5) readAll(stream)
          if (random() < 0.002) stream.reset(ResetCode.aborted)
        }
        if (simulation.now < nextChange) return
        nextChange = simulation.now + 50 + random() * 500
        const [victim] = simulation.linkIds
        if (victim !== undefined && random() < 0.5) simulation.killLink(victim)
        if (simulation.linkIds.length < 3) addLink()
      })
      for (const { streamCount, heldBytes } of [simulation.client, simulation.egress]) {
        expect({ streamCount, heldBytes }, `seed ${seed}`).toEqual({ streamCount: 0, heldBytes: 0 })
      }
    }
  })

  it('counts what is in flight to a peer that is dead, up to the window of a path that was never acknowledged', () => {
    const { simulation, pathId, source } = download()
    simulation.freezeLink(pathId)
    simulation.run(2_000)
    const { heldBytes } = simulation.egress
    expect(heldBytes).toBeGreaterThanOrEqual(source.written)
    // Half as much again for many small packets.
    expect(heldBytes).toBeLessThan(1.5 * (INITIAL_STREAM_WINDOW_BYTES + 16_384))
    simulation.run(3_500)
    expect(simulation.egress.orphaned).toBe(true)
    expect(simulation.egress.heldBytes).toBe(heldBytes)
  })

  it('counts what a target does not read, the piece that it took last included', () => {
    const simulation = new Simulation()
    simulation.addLink(LINK)
    const streams = Array.from({ length: 100 }, () => simulation.client.open(TARGET))
    for (const stream of streams) stream.write(new Uint8Array(100_000))
    simulation.run(2_000)
    const { egress } = simulation
    expect(egress.heldBytes).toBe(egress.receiveCredit.limit)
    for (const stream of simulation.accepted) stream.read()
    expect(egress.heldBytes).toBe(egress.receiveCredit.limit)
    const [stream] = simulation.accepted
    const before = egress.heldBytes
    stream?.read()
    expect(egress.heldBytes).toBeLessThan(before)
  })

  it('counts gaps by what they cost, not by the few bytes around them', () => {
    const { egress, accepted } = egressGiven((writer) => {
      writer.open(1, TARGET)
      for (let offset = 1; offset < 200; offset += 2) writer.data(1, offset, Uint8Array.of(1))
    })
    expect(egress.heldBytes).toBeGreaterThan(100 * 500)
    accepted[0]?.reset(ResetCode.aborted)
    expect(egress.heldBytes).toBe(0)
  })
})
