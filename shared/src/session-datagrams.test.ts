import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INITIAL_STREAM_WINDOW_BYTES, MAX_DATAGRAM_BYTES } from './constants.ts'
import { ASSOCIATION_TARGET, type Datagram } from './datagram.ts'
import { MAX_QUEUED_DATAGRAM_BYTES } from './datagram-queue.ts'
import { FrameWriter } from './frame.ts'
import type { SessionStream } from './session-stream.ts'
import { Simulation, TARGET, Transfer } from './simulation.test.helper.ts'

const GOOD_LINK = { delayMs: 10, bytesPerMs: 5_000 }
const RESOLVER = { host: 'dns.example.org', port: 53 }

/** An association of the client's, and what arrives at the egress on it. */
function associate(simulation: Simulation): { stream: SessionStream; arrived: Datagram[] } {
  const stream = simulation.client.open(ASSOCIATION_TARGET)
  const arrived: Datagram[] = []
  simulation.run(simulation.now + 100)
  simulation.accepted
    .pop()
    ?.listen({ datagram: (datagram) => arrived.push({ ...datagram, data: datagram.data.slice() }) })
  return { stream, arrived }
}

/** A datagram of `length` bytes that says which one it is. */
function numbered(number: number, length = 100): Datagram {
  const data = new Uint8Array(length)
  new DataView(data.buffer).setUint32(0, number)
  return { ...RESOLVER, data }
}

const numberOf = ({ data }: Datagram): number =>
  new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0)

describe('datagrams of a session', () => {
  it('arrive as they were sent, both ways, of any size up to the largest', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const stream = simulation.client.open(ASSOCIATION_TARGET)
    const answers: Datagram[] = []
    stream.listen({ datagram: (datagram) => answers.push({ ...datagram, data: datagram.data.slice() }) })
    simulation.run(100)
    const [association] = simulation.accepted
    association?.listen({ datagram: (datagram) => association.sendDatagram(datagram) })
    const sent = [0, 1, 1_200, MAX_DATAGRAM_BYTES].map((length) => ({
      ...RESOLVER,
      data: new Uint8Array(length).fill(length),
    }))
    for (const datagram of sent) stream.sendDatagram(datagram)
    simulation.run(500)
    expect(answers).toEqual(sent)
  })

  it('arrive at most once, unchanged and in a bounded number, whatever befalls the paths', () => {
    const story = fc.array(
      fc.oneof(
        fc.record({ send: fc.integer({ min: 4, max: 20_000 }) }),
        fc.constantFrom('lose' as const, 'freeze' as const, 'add' as const, 'wait' as const),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(story, (steps) => {
        const simulation = new Simulation()
        simulation.addLink(GOOD_LINK)
        const { stream, arrived } = associate(simulation)
        const sent: Datagram[] = []
        for (const step of steps) {
          const [link] = simulation.linkIds
          if (step === 'add') simulation.addLink(GOOD_LINK)
          else if (step === 'wait') simulation.run(simulation.now + 200)
          else if (step === 'lose' && link !== undefined) simulation.killLink(link)
          else if (step === 'freeze' && link !== undefined) simulation.freezeLink(link)
          else if (typeof step === 'object') {
            const datagram = numbered(sent.length, step.send)
            sent.push(datagram)
            stream.sendDatagram(datagram)
          }
          simulation.run(simulation.now + 1)
          expect(simulation.client.heldBytes).toBeLessThanOrEqual(MAX_QUEUED_DATAGRAM_BYTES)
        }
        simulation.run(simulation.now + 5_000)
        expect(simulation.events.filter((event) => event.includes('closed'))).toEqual([])
        expect(new Set(arrived.map(numberOf)).size).toBe(arrived.length)
        for (const datagram of arrived) expect(datagram).toEqual(sent[numberOf(datagram)])
      }),
      { numRuns: 60 },
    )
  })

  it('are not sent again when their path dies', () => {
    const simulation = new Simulation()
    const first = simulation.addLink(GOOD_LINK)
    const { stream, arrived } = associate(simulation)
    stream.sendDatagram(numbered(1))
    simulation.run(simulation.now + 1)
    simulation.killLink(first)
    simulation.addLink(GOOD_LINK)
    simulation.run(simulation.now + 5_000)
    expect(arrived).toEqual([])
    stream.sendDatagram(numbered(2))
    simulation.run(simulation.now + 100)
    expect(arrived.map(numberOf)).toEqual([2])
  })

  it('that wait too long make room for newer ones', () => {
    const simulation = new Simulation()
    const first = simulation.addLink(GOOD_LINK)
    const { stream, arrived } = associate(simulation)
    simulation.killLink(first)
    simulation.run(simulation.now + 10)
    for (let number = 0; number < 10_000; number += 1) stream.sendDatagram(numbered(number, 1_000))
    expect(simulation.client.heldBytes).toBeLessThanOrEqual(MAX_QUEUED_DATAGRAM_BYTES)
    simulation.addLink(GOOD_LINK)
    simulation.run(simulation.now + 1_000)
    const numbers = arrived.map(numberOf)
    expect(numbers.length).toBeGreaterThan(100)
    expect(numbers).toEqual(numbers.map((_, index) => 10_000 - numbers.length + index))
  })

  it('without a byte are bounded too', () => {
    const simulation = new Simulation()
    const first = simulation.addLink(GOOD_LINK)
    const { stream, arrived } = associate(simulation)
    simulation.killLink(first)
    simulation.run(simulation.now + 10)
    for (let count = 0; count < 10_000; count += 1)
      stream.sendDatagram({ ...RESOLVER, data: new Uint8Array(0) })
    expect(simulation.client.heldBytes).toBeLessThanOrEqual(MAX_QUEUED_DATAGRAM_BYTES)
    simulation.addLink(GOOD_LINK)
    simulation.run(simulation.now + 1_000)
    expect(arrived.length).toBeGreaterThan(100)
    expect(arrived.length).toBeLessThan(10_000)
  })

  it('leave a stream half of a path that they would fill', () => {
    const simulation = new Simulation()
    simulation.addLink({ delayMs: 10, bytesPerMs: 500 })
    const { stream, arrived } = associate(simulation)
    const upload = new Transfer(simulation.client.open(TARGET), 1_000_000, 1)
    let download: Transfer | undefined
    let sent = 0
    const until = simulation.now + 6_000
    simulation.run(until, () => {
      const [accepted] = simulation.accepted.splice(0)
      if (accepted !== undefined) download = new Transfer(accepted, 1_000_000, 1)
      while (simulation.client.heldBytes < MAX_QUEUED_DATAGRAM_BYTES / 2 && sent < 5_000) {
        stream.sendDatagram(numbered(sent, 1_000))
        sent += 1
      }
      upload.pump(() => 0.9)
      download?.drain()
    })
    expect(download?.finished).toBe(true)
    expect(arrived.length).toBeGreaterThan(900)
  })

  it('go nowhere on a stream that is none of an association, or is over', () => {
    const simulation = new Simulation()
    simulation.addLink(GOOD_LINK)
    const plain = simulation.client.open(TARGET)
    const { stream, arrived } = associate(simulation)
    plain.sendDatagram(numbered(1))
    stream.sendDatagram(numbered(2))
    stream.reset(1)
    stream.sendDatagram(numbered(3))
    simulation.run(simulation.now + 200)
    expect(arrived.map(numberOf)).not.toContain(1)
    expect(arrived.map(numberOf)).not.toContain(3)
    expect(simulation.events).toEqual([])
  })

  it('that cannot be are refused before they are sent', () => {
    const simulation = new Simulation()
    const stream = simulation.client.open(ASSOCIATION_TARGET)
    const tooLarge = { ...RESOLVER, data: new Uint8Array(MAX_DATAGRAM_BYTES + 1) }
    expect(() => stream.sendDatagram(tooLarge)).toThrow(expect.objectContaining({ code: 'too-large' }))
    for (const bad of [{ host: '' }, { host: 'no host' }, { port: 0 }, { port: 65_536 }]) {
      const datagram = { ...RESOLVER, data: new Uint8Array(1), ...bad }
      expect(() => stream.sendDatagram(datagram)).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })

  it('for a stream far ahead end the session', () => {
    const simulation = new Simulation()
    const pathId = simulation.addLink(GOOD_LINK)
    const writer = new FrameWriter(200)
    writer.datagram(INITIAL_STREAM_WINDOW_BYTES, numbered(1))
    simulation.egress.receive(pathId, writer.payload(), 200, 0)
    expect(simulation.egress.closed).toBe(true)
  })
})
