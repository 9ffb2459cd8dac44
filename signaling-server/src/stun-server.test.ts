import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type NetworkDescriptor, systemClock } from '@footbridge/shared'
import {
  type BindingRequest,
  encodeBindingRequest,
  MAX_STUN_REQUEST_BYTES,
  parseBindingResponse,
  STUN_TRANSACTION_BYTES,
} from '@footbridge/shared/node'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer } from './server.test.helper.ts'
import { answerStun } from './stun-answer.ts'
import { type StunServer, type StunServerOptions, startStunServer } from './stun-server.ts'

const IP_AND_UDP_HEADERS_BYTES = { 4: 28, 6: 48 }

let server: StunServer | undefined
const askers: Socket[] = []

afterEach(async () => {
  for (const asker of askers.splice(0)) asker.close()
  await server?.close()
  server = undefined
})

async function start(options: Partial<StunServerOptions> = {}): Promise<StunServer> {
  server = await startStunServer({ listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, ...options })
  return server
}

async function openAsker(): Promise<Socket> {
  const asker = createSocket('udp4')
  askers.push(asker)
  asker.bind(0, '127.0.0.1')
  await once(asker, 'listening')
  return asker
}

/** What comes back, and from which port. */
async function ask(asker: Socket, port: number, change?: BindingRequest['change']) {
  const transaction = randomBytes(STUN_TRANSACTION_BYTES)
  asker.send(encodeBindingRequest({ transaction, ...(change && { change }) }), port, '127.0.0.1')
  const [bytes, from] = await once(asker, 'message')
  expect(bytes.subarray(8, 20)).toEqual(transaction)
  return { bytes, from: from.port, response: parseBindingResponse(bytes) }
}

describe('the STUN server', () => {
  it('tells under which address it sees whoever asks, on both ports', async () => {
    const { ports } = await start()
    const asker = await openAsker()
    for (const port of ports) {
      const { from, response } = await ask(asker, port)
      expect(from).toBe(port)
      expect(response?.mapped).toEqual({ address: '127.0.0.1', port: asker.address().port })
    }
  })

  it('answers from the other port if asked to, and says which it is', async () => {
    const { ports } = await start()
    const [here, there] = ports
    const asker = await openAsker()
    const stay = await ask(asker, here, { address: false, port: false })
    expect(stay.from).toBe(here)
    expect(stay.response).toMatchObject({ origin: { port: here }, other: { port: there } })
    const move = await ask(asker, here, { address: false, port: true })
    expect(move.from).toBe(there)
    expect(move.response).toMatchObject({ origin: { port: there }, other: { port: there } })
  })

  it('has one address, and says so if another is asked for', async () => {
    const { ports } = await start()
    const { from, bytes } = await ask(await openAsker(), ports[0], { address: true, port: true })
    expect(from).toBe(ports[0])
    // A binding error response, 420, with CHANGE-REQUEST as what is not known.
    expect(bytes.readUInt16BE(0)).toBe(0x0111)
    expect(bytes.subarray(20).toString('hex')).toBe('0009000400000414000a000200030000')
  })

  it('names the unspecified address where it listens on all', async () => {
    const { ports } = await start({ listen: { host: '', port: 0 } })
    const { response } = await ask(await openAsker(), ports[0], { address: false, port: false })
    expect(response?.other).toEqual({ address: '0.0.0.0', port: ports[1] })
    expect(response?.origin).toBeUndefined()
  })

  it('tells IPv4 addresses as such on a socket for both families', async () => {
    const { ports } = await start({ listen: { host: '::', port: 0 } })
    expect((await ask(await openAsker(), ports[0])).response?.mapped.address).toBe('127.0.0.1')
  })

  it('keeps silent to noise, and serves others meanwhile', async () => {
    const { ports } = await start()
    const [noisy, honest] = [await openAsker(), await openAsker()]
    let answers = 0
    noisy.on('message', () => {
      answers += 1
    })
    const valid = encodeBindingRequest({ transaction: randomBytes(STUN_TRANSACTION_BYTES) })
    for (let length = 0; length < 200; length += 1) noisy.send(randomBytes(length), ports[0], '127.0.0.1')
    noisy.send(new Uint8Array(60_000), ports[0], '127.0.0.1')
    noisy.send(valid.subarray(0, 19), ports[0], '127.0.0.1')
    // Answers to answers would go back and forth between two servers for ever.
    const transaction = randomBytes(STUN_TRANSACTION_BYTES)
    const answer = answerStun(encodeBindingRequest({ transaction }), HOME, HOME, HOME)
    noisy.send(answer?.bytes ?? new Uint8Array(), ports[0], '127.0.0.1')
    expect((await ask(honest, ports[0])).response).toBeDefined()
    expect(answers).toBe(0)
  })

  it('stops answering an address that asks too often, until time has passed', async () => {
    let now = 0
    const { ports } = await start({ clock: { ...systemClock, now: () => now }, perSecond: 1, burst: 3 })
    const asker = await openAsker()
    for (let asked = 0; asked < 3; asked += 1) await ask(asker, ports[asked % 2] ?? 0)
    const unanswered = randomBytes(STUN_TRANSACTION_BYTES)
    asker.send(encodeBindingRequest({ transaction: unanswered }), ports[0], '127.0.0.1')
    // The other one is answered by the same server afterwards, so the first had its turn.
    const other = createSocket('udp4')
    askers.push(other)
    other.bind(0, '127.0.0.2')
    await once(other, 'listening')
    await ask(other, ports[0])
    now = 1_000
    // `ask` checks that what comes is the answer to this and not to what was asked before.
    await ask(asker, ports[0])
  })

  it('says which port is busy', async () => {
    const { ports } = await start()
    const busy = startStunServer({ listen: { host: '127.0.0.1', port: ports[0] }, clock: systemClock })
    await expect(busy).rejects.toMatchObject({
      code: 'unavailable',
      message: `STUN: port ${ports[0]} is in use: stop the program that has it, or choose another port`,
    })
    const noNext = startStunServer({ listen: { host: '127.0.0.1', port: 65_535 }, clock: systemClock })
    await expect(noNext).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a signaling server', () => {
  it('answers STUN where its descriptor says, before those of others, until it is closed', async () => {
    const signaling = await startTestServer({}, { stunListen: { host: '127.0.0.1', port: 0 } })
    const { stun } = (await (await fetch(`${signaling.url}/v1/network`)).json()) as NetworkDescriptor
    expect(stun.map((url) => url.replace(/:\d+$/, ''))).toEqual([
      'stun:127.0.0.1',
      'stun:127.0.0.1',
      'stun:stun.example.org',
    ])
    const ports = stun.slice(0, 2).map((url) => Number(url.split(':').at(-1)))
    const asker = await openAsker()
    for (const port of ports) expect((await ask(asker, port)).from).toBe(port)
    await signaling.close()
    // Both are free again.
    for (const port of ports) {
      const next = createSocket('udp4')
      askers.push(next)
      next.bind(port, '127.0.0.1')
      await once(next, 'listening')
    }
  })

  it('does not keep its STUN port if its own is busy', async () => {
    await using other = await startTestServer()
    const listen = { host: '127.0.0.1', port: Number(new URL(other.url).port) }
    const sockets = udpSockets()
    const busy = startTestServer({}, { listen, stunListen: { ...listen, port: 0 } })
    await expect(busy).rejects.toMatchObject({ code: 'unavailable' })
    await expect.poll(udpSockets).toBe(sockets)
  })
})

function udpSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'UDPWrap').length
}

const HOME = { address: '127.0.0.1', port: 3478 }

describe('an answer', () => {
  it('is less than twice as long as what was asked, whatever that was', () => {
    const attribute = fc.record({
      type: fc.oneof(fc.constant(3), fc.nat(0xffff)),
      value: fc.oneof(fc.constant(Uint8Array.of(0, 0, 0, 2)), fc.uint8Array({ maxLength: 40 })),
    })
    const from = fc.constantFrom(
      { version: 4, address: '9.9.9.9' } as const,
      {
        version: 6,
        address: '2620:fe::9',
      } as const,
    )
    let answered = 0
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 100 }), from, (attributes, { version, address }) => {
        const datagram = request(attributes)
        const at = { address, port: 3478 }
        const answer = answerStun(datagram, at, at, at)
        if (!answer) return
        answered += 1
        const headers = IP_AND_UDP_HEADERS_BYTES[version]
        expect(answer.bytes.length + headers).toBeLessThan(2 * (datagram.length + headers))
      }),
      { numRuns: 2_000 },
    )
    expect(answered).toBeGreaterThan(100)
  })

  it('is not given to a request that is longer than any', () => {
    const value = new Uint8Array(MAX_STUN_REQUEST_BYTES)
    expect(answerStun(request([{ type: 0x8888, value }]), HOME, HOME, HOME)).toBeUndefined()
  })
})

function request(attributes: readonly { type: number; value: Uint8Array }[]): Uint8Array {
  const body = Buffer.concat(
    attributes.flatMap(({ type, value }) => {
      const header = Buffer.alloc(4)
      header.writeUInt16BE(type)
      header.writeUInt16BE(value.length, 2)
      return [header, value, new Uint8Array(-value.length & 3)]
    }),
  )
  const header = encodeBindingRequest({ transaction: randomBytes(STUN_TRANSACTION_BYTES) })
  new DataView(header.buffer).setUint16(2, body.length)
  return Buffer.concat([header, body])
}
