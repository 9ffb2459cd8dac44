import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { type Endpoint, encodeBindingResponse, parseBindingRequest } from '../stun-message.ts'
import { probeNat } from './nat-probe.ts'

/** A STUN server with two ports, as it looks from behind a NAT. */
interface Scenery {
  /** The port under which the NAT shows a socket to the server's first (0) or second (1) port. */
  readonly mapped?: (port: number, server: number) => number
  /** What the NAT lets through though its socket has not sent there. */
  readonly letsOthersIn?: boolean
  /** The server says that it has another port. */
  readonly tellsOther?: boolean
  /** Requests lost before one gets through. */
  readonly lost?: number
}

const HOST = '127.0.0.1'
const sockets: Socket[] = []
const forever = new AbortController().signal

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

async function open(): Promise<Socket> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  socket.bind(0, HOST)
  await once(socket, 'listening')
  return socket
}

/** Its URLs. */
async function serve(scenery: Scenery): Promise<string[]> {
  const { mapped = (port) => port, letsOthersIn = false, tellsOther = true, lost = 0 } = scenery
  const servers = [await open(), await open()] as const
  const at = servers.map((server): Endpoint => ({ address: HOST, port: server.address().port }))
  const asked = new Map<string, number>()
  for (const [index, server] of servers.entries()) {
    server.on('message', (datagram, { port }) => {
      const request = parseBindingRequest(datagram)
      if (!request) return
      const key = String(request.transaction)
      asked.set(key, (asked.get(key) ?? 0) + 1)
      if ((asked.get(key) ?? 0) <= lost) return
      const { transaction, change } = request
      if (change?.port && !letsOthersIn) return
      const from = change?.port ? servers[1 - index] : server
      const other = change && tellsOther ? at[1 - index] : undefined
      const bytes = encodeBindingResponse({
        transaction,
        mapped: { address: '9.9.9.9', port: mapped(port, index) },
        other,
      })
      if (bytes) from?.send(bytes, port, HOST)
    })
  }
  return at.map(({ address, port }) => `stun:${address}:${port}`)
}

describe('a NAT', () => {
  it.each<[string | undefined, string, Scenery]>([
    ['open', 'it lets another port of the server in', { letsOthersIn: true }],
    ['restricted', 'it does not', {}],
    [
      'strict',
      'it shows each port of the server another port',
      { mapped: (port, server) => port ^ (server + 1) },
    ],
    ['open', 'it does after two datagrams were lost', { letsOthersIn: true, lost: 2 }],
    [undefined, 'it does not, as far as a server shows that has no other port', { tellsOther: false }],
    [undefined, 'nothing comes back', { lost: 9 }],
  ])('is %s if %s', async (nat, _if, scenery) => {
    expect(await probeNat(await serve(scenery), forever)).toBe(nat)
  })

  it('is unknown with fewer than two servers, whether or not they are there', async () => {
    const [only = ''] = await serve({ letsOthersIn: true })
    expect(await probeNat([], forever)).toBeUndefined()
    expect(await probeNat([only, only, 'stun:nowhere.invalid:3478', 'nonsense'], forever)).toBeUndefined()
  })

  it('is not believed on the word of others', async () => {
    const urls = await serve({ letsOthersIn: true })
    const [liar] = [await open()]
    // It sees the question, but not the number that the answer must have.
    for (const server of sockets.slice(0, 2)) {
      server.prependListener('message', (_, { port }) => {
        const lie = { transaction: new Uint8Array(12), mapped: { address: '8.8.8.8', port: 1 } }
        liar.send(encodeBindingResponse(lie) ?? '', port, HOST)
        liar.send('noise', port, HOST)
      })
    }
    expect(await probeNat(urls, forever)).toBe('open')
  })

  it('is not waited for by whoever gives up', async () => {
    const giveUp = new AbortController()
    const probing = probeNat(await serve({ lost: 9 }), giveUp.signal)
    giveUp.abort(new Error('given up'))
    await expect(probing).rejects.toThrow('given up')
  })
})
