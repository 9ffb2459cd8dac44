import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { encodeSignalingMessage, MAX_SEALED_BYTES, type NetworkDescriptor } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FrontWayIn } from './front-way-in.ts'
import { MailboxWayIn } from './mailbox-way-in.ts'
import {
  answerTo,
  type Middleman,
  NETWORK,
  SIGNALING_KEY,
  type Stand,
  type StartStand,
  startCache,
  startFront,
  startRelay,
} from './middleman.test.helper.ts'
import { waysInto } from './network-ways-in.ts'
import { reachability } from './way-in.test.helper.ts'
import type { Meeting } from './way-in.ts'

const REFUSED = { type: 'refused', reason: 'no-bridge', retryAfterMs: 5 }
const request = { avoid: [], faulty: [] }
const honest: Middleman = (letter) => [answerTo(letter)]
/** Says that there is no bridge, as signaling does to who asks it directly. */
const unsealed = encodeSignalingMessage({ type: 'refused', offerId: 0, reason: 'no-bridge', retryAfterMs: 5 })

async function start(stand: StartStand, middleman: Middleman, wallNow?: () => number): Promise<Stand> {
  const started = await stand(middleman, wallNow)
  onTestFinished(() => started.close())
  return started
}

const meet = ({ way }: Stand): Promise<Meeting> => way.meet(request, AbortSignal.timeout(5_000))

function altered(letter: Uint8Array): Uint8Array {
  const answer = answerTo(letter).slice()
  answer[100] = (answer[100] ?? 0) ^ 1
  return answer
}

describe.each<[string, StartStand]>([
  ['front', startFront],
  ['cache', startCache],
  ['public relay', startRelay],
])('the way in by a %s', (kind, stand) => {
  const isRelay = kind === 'public relay'

  it('brings what signaling answers, and shows the middleman neither the offer nor its length', async () => {
    const started = await start(stand, honest)
    expect(await meet(started)).toEqual(REFUSED)
    const [letter = new Uint8Array()] = started.letters
    expect([1_024, 2_048, 4_096]).toContain(letter.length)
    expect(Buffer.from(letter).toString('latin1')).not.toMatch(/sdp|candidate|ice-ufrag|127\.0/)
    await meet(started)
    expect(started.letters[1]).not.toEqual(letter)
  })

  it.each<[string, Middleman, string]>([
    ['drops offers', () => [], 'unavailable'],
    ['alters answers', (letter) => [altered(letter)], 'not-authentic'],
    ['sends the offer back', (letter) => [letter], 'not-authentic'],
    ['says itself that there is no bridge', () => [unsealed], 'malformed'],
    ['sends too much', () => [new Uint8Array(MAX_SEALED_BYTES + 1).fill(1)], 'too-large'],
  ])('fails when the middleman %s', async (_, middleman, code) => {
    const started = await start(stand, middleman)
    // What comes by a relay may be from anybody: it is passed over, and then this relay ends the connection.
    await expect(meet(started)).rejects.toMatchObject({ code: isRelay ? 'unavailable' : code })
  })

  it('takes no answer to another offer for its own', async () => {
    const started = await start(stand, (_, before) => before.slice(0, 1).map((letter) => answerTo(letter)))
    await expect(meet(started)).rejects.toMatchObject({ code: 'unavailable' })
    const code = isRelay ? 'unavailable' : 'not-authentic'
    await expect(meet(started)).rejects.toMatchObject({ code })
  })

  it('sets its clock by signaling when it is wrong by hours, and goes on with that', async () => {
    const started = await start(stand, honest, () => Date.now() - 5 * 3_600_000)
    expect(await meet(started)).toEqual(REFUSED)
    expect(started.letters).toHaveLength(2)
    await meet(started)
    expect(started.letters).toHaveLength(3)
  })

  it('does not go on for ever with a middleman to whom no clock is right', async () => {
    const started = await start(stand, (letter) => [answerTo(letter, Date.now() + 3_600_000 * Math.random())])
    const meeting = await meet(started).catch((error: unknown) => error)
    expect(started.letters.length).toBeLessThanOrEqual(2)
    if (meeting instanceof Error) expect(meeting).toMatchObject({ code: 'unavailable' })
  })
})

describe('the box of an answer', () => {
  const junk = (count: number): Uint8Array[] =>
    Array.from({ length: count }, () => new Uint8Array(1_024).fill(1))

  it('may hold what others put into it', async () => {
    const started = await start(startRelay, (letter) => [...junk(20), altered(letter), answerTo(letter)])
    expect(await meet(started)).toEqual(REFUSED)
  })

  it('is left when others flood it', async () => {
    const started = await start(startRelay, (letter) => [...junk(5_000), answerTo(letter)])
    await expect(meet(started)).rejects.toMatchObject({ code: 'not-authentic' })
  })
})

describe('an MQTT broker', () => {
  const CONNACK = Buffer.from('2003000000', 'hex')

  /** Lets a client connect and subscribe, then sends it one message that never ends. */
  async function startEndlessBroker(): Promise<{ url: string; sent: () => number }> {
    let sent = 0
    const pour = (socket: Socket): void => {
      const chunk = Buffer.alloc(65_536)
      const more = (): void => {
        sent += chunk.length
        if (!socket.destroyed) socket.write(chunk, more)
      }
      more()
    }
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(CONNACK)
        socket.once('data', (subscribe) => {
          socket.write(Buffer.from([0x90, 4, subscribe[2] ?? 0, subscribe[3] ?? 0, 0, 0]))
          socket.write(Buffer.from('30ffffff7f', 'hex'))
          pour(socket)
        })
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent }
  }

  it('that sends one endless message is left before it fills the memory', async () => {
    const broker = await startEndlessBroker()
    const way = new MailboxWayIn({
      network: NETWORK,
      webRtc: nodeWebRtc(),
      reachability: reachability(),
      mailbox: broker.url,
      signalingKey: SIGNALING_KEY,
    })
    await expect(way.meet(request, AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: 'unavailable' })
    // What the sockets' own buffers take is not counted by anybody.
    expect(broker.sent()).toBeLessThan(16 * 1_048_576)
  })
})

describe('the ways into a network', () => {
  const parts = { webRtc: nodeWebRtc(), reachability: reachability() }
  const kinds = (network: NetworkDescriptor): string[] => waysInto(network, parts).map(({ kind }) => kind)

  it('come one of each kind before the second of any', () => {
    const network: NetworkDescriptor = {
      ...NETWORK,
      signaling: ['https://a.example', 'https://b.example'],
      fronts: [{ url: 'https://c.example' }, { url: 'https://d.example' }],
      caches: [{ url: 'https://e.example' }],
      mailboxes: ['wss://f.example', 'mqtts://g.example'],
    }
    expect(kinds(network)).toEqual([
      'HTTPS POST',
      'WebSocket',
      'front',
      'cache',
      'mailbox',
      'mailbox',
      'HTTPS POST',
      'WebSocket',
      'front',
    ])
  })

  it('give a middleman nothing that cannot be sealed', async () => {
    const { signalingKey: _, ...network } = NETWORK
    const way = new FrontWayIn({ ...parts, network, front: { url: 'http://127.0.0.1:9' } })
    await expect(way.meet(request, AbortSignal.timeout(5_000))).rejects.toThrow('no key')
  })

  it('lead through nobody without a key to seal offers with', () => {
    const { signalingKey: _, ...network } = NETWORK
    const through = { fronts: [{ url: 'https://c.example' }], caches: [{ url: 'https://e.example' }] }
    expect(kinds({ ...network, ...through, mailboxes: ['wss://f.example'] })).toEqual([
      'HTTPS POST',
      'WebSocket',
    ])
  })
})
