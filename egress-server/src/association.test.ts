import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Datagram, ResetCode } from '@footbridge/shared'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPolicy, type Policy, type PolicyOptions } from './policy.ts'
import type { Lookup } from './resolve.ts'
import { AssociationServer, isAssociationTarget, MAX_SESSION_ASSOCIATIONS } from './serve-association.ts'
import { MemoryStream } from './stream.test.helper.ts'

const TARGET = { host: 'udp.footbridge.invalid', port: 1 }
const HOST = '127.0.0.1'
const HELLO = new TextEncoder().encode('hello')

/** Time that passes by hand; its timers are fired then. */
class HandClock {
  #now = 0
  readonly #timers: Set<{ at: number; fire: () => void }> = new Set()

  now = (): number => this.#now
  wallNow = (): number => this.#now
  after = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: this.#now + ms, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  pass(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.fire()
    }
  }
}

interface Options extends PolicyOptions {
  readonly lookup?: Lookup
  readonly policy?: Policy
}

function begin({ lookup = async () => [HOST], policy, ...rules }: Options = { allowPrivateTargets: true }) {
  const clock = new HandClock()
  const counted = { up: 0, down: 0 }
  const server = new AssociationServer({
    policy: policy ?? createPolicy(rules),
    lookup,
    clock,
    count: (up, down) => {
      counted.up += up
      counted.down += down
    },
  })
  const session = {}
  const associate = (): MemoryStream => {
    const stream = new MemoryStream(TARGET)
    server.serve(stream, session)
    onTestFinished(() => stream.client.reset(ResetCode.aborted))
    return stream
  }
  return { clock, counted, associate }
}

/** A UDP socket of the open network, and what came to it. */
async function openTarget(): Promise<{
  socket: Socket
  port: number
  arrived: { text: string; port: number }[]
}> {
  const socket = createSocket('udp4')
  const arrived: { text: string; port: number }[] = []
  socket.on('message', (data, { port }) => arrived.push({ text: data.toString(), port }))
  socket.bind(0, HOST)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { socket, port: socket.address().port, arrived }
}

async function openEcho(): Promise<number> {
  const { socket, port } = await openTarget()
  socket.on('message', (data, from) => socket.send(data, from.port, from.address))
  return port
}

const texts = (datagrams: readonly Datagram[]): string[] =>
  datagrams.map(({ data }) => new TextDecoder().decode(data))

describe('an association', () => {
  it('carries datagrams to a target and its answers back, by address and by name', async () => {
    const { associate, counted } = begin()
    const stream = associate()
    const port = await openEcho()
    expect(isAssociationTarget(stream.target)).toBe(true)
    expect(stream.accepted).toBe(true)
    for (const host of [HOST, 'example.org']) {
      stream.client.datagrams.length = 0
      stream.client.sendDatagram({ host, port, data: HELLO })
      await vi.waitFor(() => expect(stream.client.datagrams).toHaveLength(1))
      expect(stream.client.datagrams[0]).toMatchObject({ host: HOST, port })
      expect(texts(stream.client.datagrams)).toEqual(['hello'])
    }
    expect(counted).toEqual({ up: 10, down: 10 })
  })

  it('shows all its targets one port, from which another association’s is different', async () => {
    const { associate } = begin()
    const [one, other] = [associate(), associate()]
    const targets = [await openTarget(), await openTarget()]
    for (const { port } of targets) one.client.sendDatagram({ host: HOST, port, data: HELLO })
    for (const { arrived } of targets) await vi.waitFor(() => expect(arrived).toHaveLength(1))
    const [first, second] = targets
    expect(first?.arrived[0]?.port).toBe(second?.arrived[0]?.port)
    other.client.sendDatagram({ host: HOST, port: first?.port ?? 0, data: HELLO })
    await vi.waitFor(() => expect(first?.arrived).toHaveLength(2))
    expect(first?.arrived[1]?.port).not.toBe(first?.arrived[0]?.port)
  })

  it('passes nothing on from where nothing was sent to', async () => {
    const { associate } = begin()
    const stream = associate()
    const [asked, stranger] = [await openTarget(), await openTarget()]
    stream.client.sendDatagram({ host: HOST, port: asked.port, data: HELLO })
    await vi.waitFor(() => expect(asked.arrived).toHaveLength(1))
    const port = asked.arrived[0]?.port ?? 0
    stranger.socket.send('unasked', port, HOST)
    // Loopback keeps the order, so what was asked for comes behind it.
    await vi.waitFor(() => expect(stranger.socket.getSendQueueCount()).toBe(0))
    asked.socket.send('asked for', port, HOST)
    await vi.waitFor(() => expect(stream.client.datagrams).not.toHaveLength(0))
    expect(texts(stream.client.datagrams)).toEqual(['asked for'])
  })

  it('forgets the target that it has not sent to for longest when there are too many', async () => {
    const { associate } = begin()
    const stream = associate()
    const [first, last] = [await openTarget(), await openTarget()]
    stream.client.sendDatagram({ host: HOST, port: first.port, data: HELLO })
    for (let port = 20_000; port < 20_063; port += 1)
      stream.client.sendDatagram({ host: HOST, port, data: HELLO })
    stream.client.sendDatagram({ host: HOST, port: last.port, data: HELLO })
    await vi.waitFor(() => expect(last.arrived).toHaveLength(1))
    const port = last.arrived[0]?.port ?? 0
    first.socket.send('too late', port, HOST)
    await vi.waitFor(() => expect(first.socket.getSendQueueCount()).toBe(0))
    last.socket.send('in time', port, HOST)
    await vi.waitFor(() => expect(stream.client.datagrams).not.toHaveLength(0))
    expect(texts(stream.client.datagrams)).toEqual(['in time'])
  })

  it('sends nothing to private addresses, by address or by name, nor to denied ports', async () => {
    const target = await openTarget()
    const { associate, counted } = begin()
    const free = associate()
    const careful = begin({}).associate()
    const denying = begin({ allowPrivateTargets: true, denyPorts: new Set([target.port]) }).associate()
    for (const host of [HOST, 'example.org', '::ffff:127.0.0.1']) {
      careful.client.sendDatagram({ host, port: target.port, data: HELLO })
      denying.client.sendDatagram({ host, port: target.port, data: HELLO })
    }
    // Behind the others, and the only one that may.
    free.client.sendDatagram({ host: HOST, port: target.port, data: HELLO })
    await vi.waitFor(() => expect(counted.up).toBe(5))
    await vi.waitFor(() => expect(target.arrived).toHaveLength(1))
  })

  it('judges a name by the address that it then sends to, asked for once', async () => {
    // Rebinding: what may be sent to at the first look, and what may not at the second.
    const answers = [[HOST], ['127.0.0.2']]
    let lookups = 0
    const { associate } = begin({
      policy: { allowsPort: () => true, allowsAddress: (address) => address === HOST },
      lookup: async () => {
        lookups += 1
        return answers.shift() ?? []
      },
    })
    const target = await openTarget()
    const stream = associate()
    for (let count = 0; count < 3; count += 1) {
      stream.client.sendDatagram({ host: 'rebind.example', port: target.port, data: HELLO })
      await vi.waitFor(() => expect(target.arrived).toHaveLength(count + 1))
    }
    expect(lookups).toBe(1)
  })

  it('holds only so many datagrams while a name is looked up', async () => {
    let answer: (addresses: string[]) => void = () => {}
    const answered = new Promise<string[]>((resolve) => {
      answer = resolve
    })
    const { associate, counted } = begin({ allowPrivateTargets: true, lookup: () => answered })
    const target = await openTarget()
    const stream = associate()
    for (let count = 0; count < 1_000; count += 1)
      stream.client.sendDatagram({ host: 'slow.example', port: target.port, data: Uint8Array.of(1) })
    answer([HOST])
    await vi.waitFor(() => expect(counted.up).toBe(64))
  })

  it('closes its sockets after two minutes without a datagram sent, and opens new ones for the next', async () => {
    const { associate, clock } = begin()
    const stream = associate()
    const target = await openTarget()
    const send = () => stream.client.sendDatagram({ host: HOST, port: target.port, data: HELLO })
    send()
    await vi.waitFor(() => expect(target.arrived).toHaveLength(1))
    clock.pass(119_000)
    send()
    await vi.waitFor(() => expect(target.arrived).toHaveLength(2))
    clock.pass(119_000)
    target.socket.send('still heard', target.arrived[0]?.port ?? 0, HOST)
    await vi.waitFor(() => expect(texts(stream.client.datagrams)).toEqual(['still heard']))
    clock.pass(2_000)
    send()
    await vi.waitFor(() => expect(target.arrived).toHaveLength(3))
    const [first, second, third] = target.arrived
    expect(second?.port).toBe(first?.port)
    expect(third?.port).not.toBe(first?.port)
  })

  it.each(['end', 'reset'] as const)('is over with the %s of its stream', async (how) => {
    const { associate, counted } = begin()
    const stream = associate()
    const target = await openTarget()
    stream.client.sendDatagram({ host: HOST, port: target.port, data: HELLO })
    await vi.waitFor(() => expect(target.arrived).toHaveLength(1))
    if (how === 'end') stream.client.end()
    else stream.client.reset(ResetCode.aborted)
    stream.client.sendDatagram({ host: HOST, port: target.port, data: HELLO })
    const other = associate()
    other.client.sendDatagram({ host: HOST, port: target.port, data: HELLO })
    await vi.waitFor(() => expect(target.arrived).toHaveLength(2))
    expect(counted.up).toBe(10)
  })

  it('is refused to a session that has enough, until one is over', async () => {
    const { associate } = begin()
    const streams = Array.from({ length: MAX_SESSION_ASSOCIATIONS }, associate)
    expect(streams.every(({ accepted }) => accepted)).toBe(true)
    expect(associate().resetCode).toBe(ResetCode.limit)
    streams[0]?.client.end()
    await vi.waitFor(() => expect(streams[0]?.client.ended).toBe(true))
    expect(associate().resetCode).toBe(undefined)
  })

  it('ignores what comes as bytes', async () => {
    const { associate } = begin()
    const stream = associate()
    stream.client.send('anything at all')
    await vi.waitFor(() => expect(stream.toTarget).toEqual([]))
    expect(stream.resetCode).toBe(undefined)
  })
})
