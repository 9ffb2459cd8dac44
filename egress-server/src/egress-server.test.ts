import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Carrier,
  CloseCode,
  encodeBase64Url,
  MAX_PACKET_BYTES,
  openWebSocketCarrier,
  PROBE_BYTES,
  PROBE_TARGET,
  PROTOCOL_VERSION,
  ResetCode,
  signTicket,
  TICKET_ID_BYTES,
  type Ticket,
} from '@footbridge/shared'
import { createLog, nodePrimitives, nodeWebSocket } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import WebSocket from 'ws'
import {
  type EgressServer,
  type EgressServerOptions,
  PATHS_PER_SESSION,
  startEgressServer,
} from './egress-server.ts'
import type { SessionsContext } from './sessions.ts'
import { MemoryStream } from './stream.test.helper.ts'

/** Stands for the session of a stream. */
const SESSION = {}

const signaling = nodePrimitives.ed25519.generate()

/** A target on this machine; what it does about resets is the other side's test. */
async function listenAsTarget(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => onConnection(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

describe('the egress server', () => {
  let stateDirectory: string
  let egress: EgressServer
  let origin: Server
  let carriers: Carrier[]
  let context: SessionsContext
  let logged: string

  const start = async (options: Partial<EgressServerOptions> = {}): Promise<EgressServer> => {
    const write = (line: string) => {
      logged += line
    }
    egress = await startEgressServer({
      listen: { host: '127.0.0.1', port: 0 },
      stateDirectory,
      ticketKey: encodeBase64Url(signaling.publicKey),
      log: createLog('egress', 'trace', { write }),
      createSessions: (given) => {
        context = given
        return {
          size: 0,
          accept: (carrier) => {
            carriers.push(carrier)
          },
          close: async () => {
            for (const carrier of carriers) carrier.close(CloseCode.shutdown)
          },
        }
      },
      ...options,
    })
    return egress
  }
  const ticket = (claims: Partial<Ticket> = {}, secretKey = signaling.secretKey) =>
    signTicket(
      {
        version: PROTOCOL_VERSION,
        id: nodePrimitives.randomBytes(TICKET_ID_BYTES),
        egress: egress.descriptor.id,
        expiresAt: Date.now() + 60_000,
        ...claims,
      },
      nodePrimitives.ed25519.signer(secretKey),
    )
  const relayUrl = (query: string) => `${egress.url.replace('http', 'ws')}/v1/relay${query}`
  const open = (query: string) =>
    openWebSocketCarrier(relayUrl(query), { WebSocket: nodeWebSocket, timeoutMs: 5_000 })
  /** The HTTP status with which an upgrade is refused; 101 if it is not. */
  const upgrade = (query: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(relayUrl(query))
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode)
        socket.terminate()
      })
      socket.on('open', () => resolve(101))
      // Follows every refusal.
      socket.on('error', reject)
    })
  const get = (path: string) => fetch(`${egress.url}${path}`)

  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'footbridge-'))
    carriers = []
    logged = ''
    origin = await listenAsTarget((socket) => socket.end('hello'))
  })
  afterEach(async () => {
    await egress.close()
    origin.close()
    await rm(stateDirectory, { recursive: true })
  })

  it('describes itself, the same after a restart', async () => {
    await start()
    const before = await (await get('/v1/egress')).json()
    expect(before).toEqual({ id: expect.any(String), url: egress.url, publicKey: expect.any(String) })
    await egress.close()
    await start({ publicUrl: 'https://egress.example/' })
    expect(egress.descriptor).toEqual({ ...before, url: 'https://egress.example' })
  })

  it('is alive before it knows the ticket key, and ready once it does', async () => {
    await start({ ticketKey: 'http://127.0.0.1:9/' })
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(503)
    expect(await upgrade(`?ticket=${ticket()}`)).toBe(503)
    await egress.close()
    await start()
    expect((await get('/readyz')).status).toBe(200)
  })

  it('hands over the carrier of a good ticket, early packets included', async () => {
    await start()
    const carrier = await open(`?ticket=${ticket()}`)
    const packet = nodePrimitives.randomBytes(MAX_PACKET_BYTES)
    carrier.send(packet)
    await vi.waitFor(() => expect(carriers).toHaveLength(1))
    const received = await new Promise((resolve) => carriers[0]?.start({ packet: resolve, close: resolve }))
    expect(received).toEqual(packet)
    carrier.close(CloseCode.done)
  })

  it('refuses before the upgrade what is no good ticket', async () => {
    await start()
    const used = ticket()
    expect(await upgrade(`?ticket=${used}`)).toBe(101)
    expect(await upgrade('')).toBe(401)
    expect(await upgrade('?ticket=nonsense')).toBe(401)
    expect(await upgrade(`?ticket=${'A'.repeat(8_000)}`)).toBe(401)
    expect(await upgrade(`?ticket=${ticket({}, nodePrimitives.ed25519.generate().secretKey)}`)).toBe(401)
    expect(await upgrade(`?ticket=${ticket({ expiresAt: Date.now() - 1 })}`)).toBe(403)
    expect(await upgrade(`?ticket=${ticket({ egress: 'another' })}`)).toBe(403)
    expect(await upgrade(`?ticket=${used}`)).toBe(409)
    expect(await upgrade(`/elsewhere?ticket=${ticket()}`)).toBe(404)
    expect(carriers).toHaveLength(1)
  })

  it('lets in one of many that bring the same ticket at once', async () => {
    await start()
    const query = `?ticket=${ticket()}`
    const statuses = await Promise.all(Array.from({ length: 20 }, () => upgrade(query)))
    expect(statuses.toSorted()).toEqual([101, ...Array.from({ length: 19 }, () => 409)])
  })

  it('refuses more paths than it may have, and does not use up their tickets', async () => {
    await start({ maxSessions: 1 })
    const first = await open(`?ticket=${ticket()}`)
    for (let paths = 1; paths < PATHS_PER_SESSION; paths++) await open(`?ticket=${ticket()}`)
    const query = `?ticket=${ticket()}`
    expect(await upgrade(query)).toBe(429)
    expect((await get('/readyz')).status).toBe(503)
    first.close(CloseCode.done)
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200))
    expect(await upgrade(query)).toBe(101)
  })

  it('closes a path that sends a longer message than a packet', async () => {
    await start()
    const socket = new WebSocket(relayUrl(`?ticket=${ticket()}`))
    await once(socket, 'open')
    socket.send(new Uint8Array(MAX_PACKET_BYTES + 1))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
  })

  it('outlives upgrade requests that are cut short or make no sense', async () => {
    await start()
    for (const head of [
      'GET //[ HTTP/1.1',
      'POST /v1/relay HTTP/1.1',
      `GET /v1/relay?ticket=${ticket()} HTTP/1.1`,
    ]) {
      const socket = connect(egress.port, '127.0.0.1')
      socket.write(`${head}\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      await once(socket.resume(), 'close')
    }
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/v1/relay')).status).toBe(426)
  })

  it('is a target itself, for probes, whatever they say', async () => {
    await start()
    const stream = new MemoryStream(PROBE_TARGET, PROBE_BYTES / 2)
    stream.client.send('anything at all')
    context.onStream(stream, SESSION)
    await vi.waitFor(() => expect(Buffer.concat(stream.client.received)).toHaveLength(PROBE_BYTES / 2))
    expect(stream.client.ended).toBe(false)
    stream.writableBytes = PROBE_BYTES
    stream.tell((listener) => listener.writable?.())
    await vi.waitFor(() => expect(stream.client.ended).toBe(true))
    expect(Buffer.concat(stream.client.received).equals(Buffer.alloc(PROBE_BYTES))).toBe(true)
    expect(stream.toTarget).toEqual([])
  })

  it('shows this machine what it does, in numbers that tell of nobody', async () => {
    await start({ allowPrivateTargets: true, lookup: async () => ['127.0.0.1'] })
    const text = ticket()
    await open(`?ticket=${text}`)
    expect(await upgrade(`?ticket=${text}`)).toBe(409)
    const stream = new MemoryStream({ host: 'example.org', port: portOf(origin) })
    context.onStream(stream, SESSION)
    await stream.client.takeAll()
    const refused = new MemoryStream({ host: '192.0.2.1', port: 25 })
    context.onStream(refused, SESSION)
    await vi.waitFor(() => expect(refused.resetCode).toBeDefined())
    const metrics = await (await get('/metrics')).text()
    for (const line of [
      'footbridge_egress_paths 8',
      'footbridge_egress_path_refusals_total{status="409"} 8',
      'footbridge_egress_streams_total 8',
      'footbridge_egress_stream_refusals_total{reason="not-allowed"} 8',
      'footbridge_egress_down_bytes_total 1048576',
    ]) {
      expect(metrics).toContain(`${line}\n`)
    }
    expect(metrics).not.toMatch(/127\.0\.0\.1|192\.0\.2|example/)
    expect(metrics).not.toContain(text)
    const passedOn = await fetch(`${egress.url}/metrics`, { headers: { 'x-forwarded-for': '9.9.9.9' } })
    expect(passedOn.status).toBe(403)
  })

  it('connects streams to targets', async () => {
    await start({ allowPrivateTargets: true, lookup: async () => ['127.0.0.1'] })
    const stream = new MemoryStream({ host: 'example.org', port: portOf(origin) })
    context.onStream(stream, SESSION)
    expect((await stream.client.takeAll()).toString()).toBe('hello')
  })

  it('refuses streams to private targets, by address and by name', async () => {
    await start({ lookup: async () => ['127.0.0.1'] })
    for (const host of ['127.0.0.1', 'example.org']) {
      const stream = new MemoryStream({ host, port: portOf(origin) })
      context.onStream(stream, SESSION)
      await vi.waitFor(() => expect(stream.resetCode).toBe(ResetCode.notAllowed))
    }
  })

  it('takes its leave of every path and stream when it closes', async () => {
    await start({ allowPrivateTargets: true })
    const silent = await listenAsTarget(() => {})
    const stream = new MemoryStream({ host: '127.0.0.1', port: portOf(silent) })
    context.onStream(stream, SESSION)
    await vi.waitFor(() => expect(stream.accepted).toBe(true))
    const carrier = await open(`?ticket=${ticket()}`)
    const left = new Promise((resolve) => carrier.start({ packet: () => {}, close: resolve }))
    await vi.waitFor(() => expect(carriers).toHaveLength(1))
    await egress.close()
    expect(await left).toBe(CloseCode.shutdown)
    expect(stream.resetCode).toBe(ResetCode.aborted)
    silent.close()
  })

  it('logs neither addresses nor hosts nor tickets', async () => {
    await start({ ticketKey: 'http://127.0.0.1:9/' })
    await vi.waitFor(() => expect(logged).toContain('ticket key'))
    const text = ticket()
    await upgrade(`?ticket=${text}`)
    const stream = new MemoryStream({ host: '127.0.0.1', port: 1 })
    context.onStream(stream, SESSION)
    await vi.waitFor(() => expect(stream.resetCode).toBeDefined())
    await egress.close()
    expect(logged).toContain('egress started')
    expect(logged).not.toMatch(/127\.0\.0\.1|::1|localhost/)
    expect(logged).not.toContain(text)
  })

  it('refuses options that cannot be', async () => {
    await start()
    const taken = start({ listen: { host: '127.0.0.1', port: egress.port } })
    await expect(taken).rejects.toMatchObject({ code: 'unavailable' })
    await expect(start({ listen: { host: '', port: 0 } })).rejects.toMatchObject({ code: 'usage' })
    await expect(start({ ticketKey: 'nonsense' })).rejects.toMatchObject({ code: 'usage' })
    await expect(start({ maxSessions: 0 })).rejects.toMatchObject({ code: 'usage' })
    await expect(start({ maxMemoryBytes: 1_000_000 })).rejects.toMatchObject({ code: 'usage' })
  })
})
