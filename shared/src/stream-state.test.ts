import { describe, expect, it } from 'vitest'
import { ReceiveCredit, SendCredit } from './credit.ts'
import type { ErrorCode } from './errors.ts'
import { FrameWriter } from './frame.ts'
import type { Receipt } from './path.ts'
import { ResetCode } from './session-stream.ts'
import { Simulation, TARGET } from './simulation.test.helper.ts'
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
      queuedBytes: 0,
      wake: () => {},
      consumed: () => {},
      finished: () => {
        finished += 1
      },
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
