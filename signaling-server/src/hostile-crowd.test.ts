import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeSignalingMessage, type SignalingMessage } from '@footbridge/shared'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  type BridgePeer,
  bridge,
  client,
  OFFER,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

const MATCHES = 50
/** Only to fail a test that would hang: crowds take their time. */
const PATIENCE_MS = 30_000
const HOSTILE_AT_ONCE = 8
/** Closed for what it said: by our codes, or by WebSocket's own for what is no message at all (RFC 6455). */
const CODES = [4101, 4102, 1002, 1007, 1008, 1009]

let server: TestServer
afterEach(() => server.close())

it(
  'honest matches succeed beside a crowd that says whatever it likes, and the crowd hears what is wrong',
  async () => {
    server = await startTestServer()
    for (let volunteers = 0; volunteers < 3; volunteers++)
      void serve(await bridge(server, { capacity: 1_000 }))
    const over = new AbortController()
    const crowd = Array.from({ length: HOSTILE_AT_ONCE }, (_, seed) => misbehave(seed, over.signal))
    const user = await client(server)
    for (let offerId = 1; offerId <= MATCHES; offerId++) {
      user.send({ ...OFFER, offerId })
      expect(await user.next('answer')).toMatchObject({ offerId })
      user.send({ type: 'cancel', offerId })
    }
    over.abort()
    const endings = (await Promise.all(crowd)).flat()
    expect(endings.length).toBeGreaterThan(HOSTILE_AT_ONCE)
    for (const { code, reason } of endings) {
      expect(CODES).toContain(code)
      if (code > 4_000) expect(reason).not.toBe('')
    }
  },
  PATIENCE_MS,
)

/** Answers every offer, those of the crowd included, until the server goes. */
async function serve(volunteer: BridgePeer): Promise<void> {
  while (volunteer.socket.readyState !== WebSocket.CLOSED) {
    // Else the offer was cancelled.
    const offer = await volunteer.next('offer').catch(() => undefined)
    if (offer) volunteer.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2) })
  }
}

interface Ending {
  readonly code: number
  readonly reason: string
}

/** One misdeed after the other, until `signal` fires: how those ended that were ended for what they said. */
async function misbehave(seed: number, signal: AbortSignal): Promise<Ending[]> {
  const endings: Ending[] = []
  for (let round = 0; !signal.aborted; round++) {
    const [path] = fc.sample(fc.constantFrom('/v1/client', '/v1/bridge'), {
      seed: seed + 100 * round,
      numRuns: 1,
    })
    if (round % 4 === 3) loiter(seed + round, signal)
    else {
      const messages = fc.sample(misdeed, { seed: seed + 100 * round, numRuns: 6 })
      endings.push(...(await say(`${server.wsUrl}${path}`, messages)))
    }
  }
  return endings
}

type Misdeed = { readonly bytes: Uint8Array; readonly as: 'binary' | 'text' | 'raw' }

/** What is encoded need not be a message. */
const encode = (value: unknown): Uint8Array => encodeSignalingMessage(value as SignalingMessage)

const anyValue = fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 10_000 }))
// Never one that a bridge could register with: to whom an offer goes then is not for this test to say.
const noNumber = anyValue.filter((value) => typeof value !== 'number')
const offerField = fc.constantFrom(...Object.keys(OFFER), 'bridge', 'nonce', 'challenge', 'oldest')
const misdeed: fc.Arbitrary<Misdeed> = fc.record({
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constant(new Uint8Array(40_000)),
    anyValue.map(encode),
    fc.tuple(offerField, anyValue).map(([field, value]) => encode({ ...OFFER, [field]: value })),
    noNumber.map((capacity) => encode({ type: 'register', version: 1, capacity })),
    anyValue.map((candidate) => encode({ type: 'candidate', offerId: 1, candidate })),
    anyValue.map((offerId) => encode({ type: 'answer', offerId, sdp: sdp(1) })),
  ),
  as: fc.constantFrom('binary', 'binary', 'binary', 'text', 'raw'),
})

/** Says all that on one socket, without waiting. Its end, if the server ended it. */
async function say(url: string, misdeeds: readonly Misdeed[]): Promise<Ending[]> {
  const socket = new WebSocket(url)
  let failed = false
  // What the server says is well-formed: an error is our own, such as a frame that we wrote over.
  socket.on('error', () => {
    failed = true
  })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  for (const { bytes, as } of misdeeds) {
    if (socket.readyState !== WebSocket.OPEN) break
    if (as === 'raw') (socket as unknown as { _socket: Socket })._socket.write(bytes)
    else socket.send(bytes, { binary: as === 'binary' })
  }
  let byServer = true
  // What it said was harmless, or the start of a frame whose rest never comes.
  const enough = setTimeout(() => {
    byServer = false
    socket.terminate()
  }, 50)
  const [code, reason] = await closed
  clearTimeout(enough)
  return byServer && !failed && code !== 1006 ? [{ code, reason: String(reason) }] : []
}

/** A connection that begins something and goes on no further, to the end or until it hangs up in the middle of it. */
function loiter(seed: number, signal: AbortSignal): void {
  const beginnings = [
    '',
    'POST /v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\nx',
    'GET /v1/bridge HTTP/1.1\r\nHost: x\r\nUpgr',
    'POST /v1/offers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nx',
  ]
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  socket.write(beginnings[seed % beginnings.length] ?? '')
  if (seed % 3 === 0) socket.destroy()
  signal.addEventListener('abort', () => socket.destroy())
}
