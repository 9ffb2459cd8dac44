import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Datagram, FootbridgeError } from '@footbridge/shared'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Associate, Datagrams } from './datagrams.ts'
import { FakeStream } from './fake-stream.test.helper.ts'
import { closeOf, connectApp, directDial, startProxy, take, takeAll } from './proxy.test.helper.ts'
import { encodeDatagram, parseDatagram } from './socks5-datagram.ts'

const HOST = '127.0.0.1'
const TO_TARGET = { host: '192.0.2.1', port: 53, data: Buffer.from('question') }

/** Stands for the session: what the app sends is sent back to it. */
class EchoStream extends FakeStream {
  override sendDatagram({ host, port, data }: Datagram): void {
    if (data.length > 60_000) throw new FootbridgeError('too-large', 'too large')
    super.sendDatagram({ host, port, data: data.slice() })
    this.listener.datagram?.({ host, port, data })
  }
}

async function begin(): Promise<{ proxy: { port: number }; streams: EchoStream[] }> {
  const streams: EchoStream[] = []
  const associate: Associate = async () => {
    const stream = new EchoStream()
    streams.push(stream)
    return new Datagrams(stream)
  }
  return { proxy: await startProxy(directDial, { associate }), streams }
}

/** The app's TCP connection, and the port that its datagrams go to. */
async function associate(proxy: { port: number }, namedPort = 0): Promise<{ app: Socket; port: number }> {
  const app = connectApp(proxy)
  app.write(Uint8Array.of(5, 1, 0))
  expect([...(await take(app, 2))]).toEqual([5, 0])
  app.write(Uint8Array.of(5, 3, 0, 1, 0, 0, 0, 0, namedPort >> 8, namedPort & 0xff))
  const reply = await take(app, 10)
  expect([...reply.subarray(0, 8)]).toEqual([5, 0, 0, 1, 127, 0, 0, 1])
  return { app, port: reply.readUInt16BE(8) }
}

async function openUdp(): Promise<{ socket: UdpSocket; answers: (Datagram | undefined)[] }> {
  const socket = createSocket('udp4')
  const answers: (Datagram | undefined)[] = []
  socket.on('message', (bytes) => answers.push(parseDatagram(bytes)))
  socket.bind(0, HOST)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { socket, answers }
}

describe('UDP ASSOCIATE', () => {
  it('carries datagrams both ways', async () => {
    const { proxy, streams } = await begin()
    const { port } = await associate(proxy)
    const { socket, answers } = await openUdp()
    socket.send(encodeDatagram(TO_TARGET), port, HOST)
    await vi.waitFor(() => expect(answers).toEqual([TO_TARGET]))
    expect(streams[0]?.sent).toEqual([TO_TARGET])
  })

  it('takes them from one port only: the first, or the one that the app named', async () => {
    const { proxy, streams } = await begin()
    const [app, other] = [await openUdp(), await openUdp()]
    for (const namedPort of [0, app.socket.address().port]) {
      const { port } = await associate(proxy, namedPort)
      if (namedPort === 0) {
        app.socket.send(encodeDatagram(TO_TARGET), port, HOST)
        await vi.waitFor(() => expect(app.answers).toHaveLength(1))
      }
      other.socket.send(encodeDatagram(TO_TARGET), port, HOST)
      await vi.waitFor(() => expect(other.socket.getSendQueueCount()).toBe(0))
      app.socket.send(encodeDatagram(TO_TARGET), port, HOST)
      // Behind the other's, if that were taken.
      await vi.waitFor(() => expect(app.answers).toHaveLength(namedPort === 0 ? 2 : 3))
      expect(other.answers).toEqual([])
    }
    expect(streams.map(({ sent }) => sent.length)).toEqual([2, 1])
  })

  it('takes no datagrams from another address than the app’s', async () => {
    const { proxy, streams } = await begin()
    const { port } = await associate(proxy)
    const stranger = createSocket('udp4').bind(0, '127.0.0.2')
    await once(stranger, 'listening')
    onTestFinished(() => void stranger.close())
    stranger.send(encodeDatagram(TO_TARGET), port, HOST)
    await vi.waitFor(() => expect(stranger.getSendQueueCount()).toBe(0))
    const { socket, answers } = await openUdp()
    socket.send(encodeDatagram(TO_TARGET), port, HOST)
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    expect(streams[0]?.sent).toHaveLength(1)
  })

  it('drops fragments, and what is none or too large, and goes on', async () => {
    const { proxy, streams } = await begin()
    const { port } = await associate(proxy)
    const { socket, answers } = await openUdp()
    const fragment = encodeDatagram(TO_TARGET)
    fragment[2] = 1
    socket.send(fragment, port, HOST)
    socket.send('no datagram of SOCKS', port, HOST)
    socket.send(encodeDatagram({ ...TO_TARGET, data: new Uint8Array(60_001) }), port, HOST)
    socket.send(encodeDatagram(TO_TARGET), port, HOST)
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    expect(streams[0]?.sent).toHaveLength(1)
  })

  it.each(['end', 'resetAndDestroy'] as const)(
    'ends with the %s of the app’s TCP connection',
    async (leave) => {
      const { proxy, streams } = await begin()
      const { app } = await associate(proxy)
      app[leave]()
      await vi.waitFor(() => expect(streams[0]?.resets).toHaveLength(1))
    },
  )

  it('ends the app’s TCP connection when the network loses it', async () => {
    const { proxy, streams } = await begin()
    const { app } = await associate(proxy)
    streams[0]?.listener.failed?.('session-lost')
    app.resume().on('end', () => app.end())
    await closeOf(app)
  })

  it('is answered with why there is none', async () => {
    const associate: Associate = async () => {
      throw new FootbridgeError('no-bridge', 'nobody is there')
    }
    const app = connectApp(await startProxy(directDial, { associate }))
    app.write(Uint8Array.of(5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0))
    expect([...(await takeAll(app))]).toEqual([5, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0])
  })
})
