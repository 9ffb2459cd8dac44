import { randomBytes } from 'node:crypto'
import { BridgeEngine } from '@footbridge/bridge-widget/node'
import { systemClock, type WebRtc, type WebSocketConstructor } from '@footbridge/shared'
import { nodeWebRtc, nodeWebSocket } from '@footbridge/shared/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'

const HOST = 'a-host-that-nobody-may-know.example'
const SECRET = `the secret ${randomBytes(16).toString('hex')} `.repeat(100)

let network: TestNetwork
let origin: Origin
let engine: BridgeEngine
/** Every message that the bridge sent or was sent, on every socket and channel it had. */
const seen: Buffer[] = []

beforeAll(async () => {
  origin = await Origin.start()
  network = await TestNetwork.start({ lookup: async (name) => (name === HOST ? ['127.0.0.1'] : []) })
  const registered = new Promise<void>((resolve) => {
    engine = new BridgeEngine({
      network: network.descriptor,
      platform: {
        WebSocket: recordingWebSocket(nodeWebSocket),
        webRtc: recordingWebRtc(nodeWebRtc()),
        clock: systemClock,
        random: Math.random,
      },
      onChange: () => {
        if (engine.state === 'waiting') resolve()
      },
    })
  })
  engine.start()
  await registered
})

afterAll(async () => {
  engine.stop()
  await network.close()
  origin.close()
})

it('shows a bridge neither what is sent, nor what comes back, nor where it goes', async () => {
  const client = await network.addClient({ paths: 1 })
  const response = await client.fetch(`http://${HOST}:${origin.http}/echo/path-in-the-clear`, {
    method: 'PUT',
    body: SECRET,
    headers: { 'x-secret': 'header in the clear' },
  })
  expect(await response.text()).toBe(SECRET)
  expect(engine.stats.bytesUp).toBeGreaterThan(SECRET.length)
  expect(engine.stats.bytesDown).toBeGreaterThan(SECRET.length)
  const everything = Buffer.concat(seen)
  expect(everything.length).toBeGreaterThan(2 * SECRET.length)
  // What it should see, so that the recording is known to work.
  expect(everything.includes('setup:active')).toBe(true)
  for (const secret of [
    HOST,
    HOST.slice(0, 12),
    SECRET.slice(0, 20),
    'path-in-the-clear',
    'in the clear',
    'HTTP/1.1',
  ]) {
    expect(everything.includes(secret), secret).toBe(false)
  }
})

it('shows in metrics and status neither who was there, nor where they went', async () => {
  const shown = await Promise.all(
    [
      `${network.signaling.url}/metrics`,
      `${network.signaling.url}/status`,
      `${network.signaling.url}/status.json`,
      `${network.egress.url}/metrics`,
    ].map(async (url) => (await fetch(url)).text()),
  )
  const everything = shown.join('\n')
  expect(everything).toContain('footbridge_matches_total 8\n')
  expect(everything).toContain('footbridge_egress_streams_total 8\n')
  const ids = network.descriptor.egresses.map(({ id }) => id)
  const [, ticket = HOST] = /ticket[^\w-]+([\w-]{100,})/.exec(Buffer.concat(seen).toString('latin1')) ?? []
  expect(ticket).not.toBe(HOST)
  for (const secret of [HOST, HOST.slice(0, 12), '127.0.0.1', '::1', ticket.slice(-20), ...ids]) {
    expect(everything.includes(secret), secret).toBe(false)
  }
})

function record(data: unknown): void {
  if (typeof data === 'string') seen.push(Buffer.from(data))
  else if (ArrayBuffer.isView(data)) seen.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
}

function recordingWebSocket(Base: WebSocketConstructor): WebSocketConstructor {
  return class extends Base {
    constructor(url: string) {
      super(url)
      this.addEventListener('message', ({ data }) => record(data))
    }

    override send(data: Uint8Array<ArrayBuffer>): void {
      record(data)
      super.send(data)
    }
  }
}

function recordingWebRtc({ SimplePeer, ...rest }: WebRtc): WebRtc {
  class RecordingPeer extends SimplePeer {
    constructor(options: object) {
      super(options)
      this.on('data', record)
    }

    override send(data: Uint8Array | string): void {
      record(data)
      super.send(data)
    }
  }
  return { ...rest, SimplePeer: RecordingPeer }
}
