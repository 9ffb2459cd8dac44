import { describe, expect, it } from 'vitest'
import { INITIAL_STREAM_WINDOW_BYTES, MAX_STREAMS, RESUME_TIMEOUT_MS } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import { FrameWriter } from './frame.ts'
import { ResetCode } from './session-stream.ts'
import { Simulation, TARGET, Transfer } from './simulation.test.helper.ts'

const GOOD_LINK = { delayMs: 10, bytesPerMs: 5_000 }

/** One upload, from the client's end to the egress's. */
class Upload {
  readonly #simulation: Simulation
  readonly #sender: Transfer
  #receiver: Transfer | undefined

  constructor(simulation: Simulation, bytes: number) {
    this.#simulation = simulation
    this.#sender = new Transfer(simulation.client.open(TARGET), bytes, 1)
  }

  get finished(): boolean {
    return this.#receiver?.finished === true
  }

  readonly step = (): void => {
    for (const stream of this.#simulation.accepted.splice(0)) {
      this.#receiver = new Transfer(stream, this.#sender.bytes, 1)
    }
    this.#sender.pump(() => 0.9)
    this.#receiver?.drain()
  }
}

describe('session core', () => {
  it('resumes on a new path within the resume time and loses nothing', () => {
    const simulation = new Simulation()
    const first = simulation.addLink(GOOD_LINK)
    const upload = new Upload(simulation, 3_000_000)
    simulation.run(50, upload.step)
    simulation.killLink(first)
    simulation.run(50 + RESUME_TIMEOUT_MS - 1_000, upload.step)
    simulation.addLink(GOOD_LINK)
    simulation.run(simulation.now + 5_000, upload.step)
    expect(simulation.events).toEqual([])
    expect(upload.finished).toBe(true)
  })

  it('ends its streams when no path comes back within the resume time', () => {
    const simulation = new Simulation()
    const link = simulation.addLink(GOOD_LINK)
    const failures: ErrorCode[] = []
    simulation.client.open(TARGET).listen({ failed: (code) => failures.push(code) })
    simulation.run(100)
    simulation.killLink(link)
    simulation.run(100 + RESUME_TIMEOUT_MS + 10)
    expect(failures).toEqual(['session-lost'])
    expect(simulation.events).toEqual(['client: closed session-lost', 'egress: closed session-lost'])
  })

  it('re-sends at once what was in flight on a path that the other side saw close', () => {
    const simulation = new Simulation()
    const dead = simulation.addLink(GOOD_LINK)
    simulation.addLink({ ...GOOD_LINK, delayMs: 30 })
    const upload = new Upload(simulation, 500_000)
    simulation.run(15, upload.step)
    simulation.freezeLink(dead)
    simulation.egress.losePath(dead, simulation.now)
    simulation.run(600, upload.step)
    expect(upload.finished).toBe(true)
  })

  it('moves what was in flight on a silent path to another before that path counts as dead', () => {
    const simulation = new Simulation()
    const frozen = simulation.addLink(GOOD_LINK)
    simulation.addLink({ ...GOOD_LINK, delayMs: 30 })
    const upload = new Upload(simulation, 500_000)
    simulation.run(15, upload.step)
    simulation.freezeLink(frozen)
    simulation.run(2_500, upload.step)
    expect(upload.finished).toBe(true)
    expect(simulation.events).toEqual([])
    simulation.run(4_000, upload.step)
    expect(simulation.events.length).toBe(1)
  })

  it('finds an idle path that died without a word', () => {
    const simulation = new Simulation()
    const frozen = simulation.addLink(GOOD_LINK)
    simulation.addLink(GOOD_LINK)
    simulation.run(1_000)
    simulation.freezeLink(frozen)
    simulation.run(15_000)
    expect(simulation.linkIds).not.toContain(frozen)
  })

  it('holds a sender to the credit of a reader that does not read', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const transfer = new Transfer(simulation.client.open(TARGET), 20_000_000, 1)
    simulation.run(3_000, () => transfer.pump(() => 0.9))
    const received = simulation.egress.receiveCredit.received
    expect(received).toBe(INITIAL_STREAM_WINDOW_BYTES)
  })

  it('bounds what many streams may queue for a client that reads nothing', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const streams = 200
    for (let index = 0; index < streams; index += 1) simulation.client.open(TARGET)
    const senders: Transfer[] = []
    simulation.run(3_000, () => {
      for (const stream of simulation.accepted.splice(0)) senders.push(new Transfer(stream, 20_000_000, 1))
      for (const sender of senders) sender.pump(() => 0.5)
    })
    expect(senders).toHaveLength(streams)
    // 8 MiB together, then 16 KiB each and the piece of 12.5 kB that goes over it.
    expect(simulation.egress.queuedBytes).toBeLessThan(8_388_608 + streams * (16_384 + 12_501))
  })

  it('tells a writer of room that other streams of the session had taken', () => {
    const simulation = new Simulation()
    const stream = simulation.client.open(TARGET)
    let told = 0
    stream.listen({
      writable: () => {
        told += 1
      },
    })
    stream.write(new Uint8Array(100_000))
    for (let index = 0; index < 17; index += 1) simulation.client.open(TARGET).write(new Uint8Array(510_000))
    expect(stream.writableBytes).toBe(0)
    simulation.addLink(GOOD_LINK)
    simulation.run(20_000, () => {
      for (const accepted of simulation.accepted) accepted.read()
    })
    expect(stream.writableBytes).toBeGreaterThan(0)
    expect(told).toBe(1)
  })

  it('goes on with a stream beside others that have much and are not read', () => {
    const simulation = new Simulation()
    simulation.addLink({ delayMs: 75, bytesPerMs: 2_000 })
    const unread = [simulation.client.open(TARGET), simulation.client.open(TARGET)]
    const senders: Transfer[] = []
    const send = (): void => {
      for (const stream of simulation.accepted.splice(0)) senders.push(new Transfer(stream, 50_000_000, 1))
      for (const sender of senders) sender.pump(() => 0.9)
    }
    // Read for a while, so that their windows grow.
    simulation.run(8_000, () => {
      send()
      for (const stream of unread) while (stream.read()) {}
    })
    simulation.run(20_000, send)
    const other = simulation.client.open(TARGET)
    let received = 0
    simulation.run(25_000, () => {
      send()
      for (let bytes = other.read(); bytes; bytes = other.read()) received += bytes.length
    })
    expect(received).toBeGreaterThan(2_000_000)
  })

  it('finds a dead path soon, however long its side has slept before', () => {
    const simulation = new Simulation()
    const path = simulation.addLink(GOOD_LINK)
    const { client } = simulation.sides
    const stream = simulation.client.open(TARGET)
    simulation.run(25)
    stream.write(new Uint8Array(1_000))
    simulation.run(30)
    // The acknowledgement waits meanwhile.
    client.asleepUntil = 100
    client.clock.leap(3_600_000)
    simulation.run(200)
    expect(simulation.client.paths.size).toBe(1)
    stream.write(new Uint8Array(1_000))
    simulation.freezeLink(path)
    // Before the other side notices.
    simulation.run(3_400)
    expect(simulation.client.paths.size).toBe(0)
  })

  it('refuses a target that would make the egress end the session', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    expect(() => simulation.client.open({ host: 'a!b.example', port: 80 })).toThrow(/character/)
    expect(() => simulation.client.open({ host: 'x'.repeat(70_000), port: 80 })).toThrow(/at most/)
    simulation.run(1_000)
    expect(simulation.client.streamCount).toBe(0)
    expect(simulation.events).toEqual([])
  })

  it('lets one direction go on after the other has ended', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const up = simulation.client.open(TARGET)
    up.end()
    let down: Transfer | undefined
    let result: Transfer | undefined
    simulation.run(2_000, () => {
      for (const stream of simulation.accepted.splice(0)) {
        if (down === undefined) {
          down = new Transfer(stream, 700_000, 3)
          result = new Transfer(up, 700_000, 3)
        }
      }
      down?.pump(() => 0.8)
      result?.drain()
    })
    expect(result?.finished).toBe(true)
  })

  it('passes a reset on with its reason and frees the stream on both sides', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const failures: ErrorCode[] = []
    const stream = simulation.client.open(TARGET)
    stream.listen({ failed: (code) => failures.push(code) })
    stream.write(new Uint8Array(100_000))
    simulation.run(1_000, () => {
      for (const accepted of simulation.accepted.splice(0)) accepted.reset(ResetCode.refused)
    })
    expect(failures).toEqual(['refused'])
    expect(simulation.client.streamCount).toBe(0)
    expect(simulation.egress.streamCount).toBe(0)
  })

  it('gives back the credit of streams that were reset with data unread', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    let round = 0
    simulation.run(20_000, () => {
      for (const accepted of simulation.accepted.splice(0)) void accepted
      if (simulation.client.streamCount > 0 || round >= 60) return
      round += 1
      const stream = simulation.client.open(TARGET)
      stream.write(new Uint8Array(200_000))
      stream.end()
      stream.reset(ResetCode.aborted)
    })
    expect(round).toBe(60)
    expect(simulation.egress.receiveCredit.consumed).toBe(simulation.egress.receiveCredit.received)
  })

  it('answers one stream too many with a reset, not with an end of the session', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    for (let index = 0; index < MAX_STREAMS; index += 1) simulation.client.open(TARGET)
    expect(() => simulation.client.open(TARGET)).toThrow(/at most/)
    simulation.run(1_000)
    expect(simulation.egress.streamCount).toBe(MAX_STREAMS)
    expect(simulation.events).toEqual([])
  })

  it.each([
    [
      'more data than the credit allows',
      (writer: FrameWriter) => writer.data(1, INITIAL_STREAM_WINDOW_BYTES, new Uint8Array(1)),
    ],
    ['an acknowledgement of what was never sent', (writer: FrameWriter) => writer.ack(0, 1_000)],
    ['a stream id far ahead', (writer: FrameWriter) => writer.opened(1_000_000)],
    [
      'a stream that changes its length',
      (writer: FrameWriter) => {
        writer.fin(1, 5)
        writer.reset(1, 1, 6)
      },
    ],
    [
      'data past the end of a stream',
      (writer: FrameWriter) => {
        writer.fin(1, 0)
        writer.data(1, 0, new Uint8Array(1))
      },
    ],
  ])('closes on %s', (_, write) => {
    const simulation = new Simulation()
    const path = simulation.addLink(GOOD_LINK)
    const writer = new FrameWriter(1_000)
    write(writer)
    simulation.egress.receive(path, writer.payload(), 100, simulation.now)
    expect(simulation.events).toEqual(['egress: closed session-lost'])
    simulation.run(1_000)
    expect(simulation.events).toEqual(['egress: closed session-lost', 'client: closed session-lost'])
  })
})
