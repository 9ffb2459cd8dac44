import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import type { NatClass } from '../nat-class.ts'
import {
  type BindingResponse,
  type Endpoint,
  encodeBindingRequest,
  parseBindingResponse,
  STUN_TRANSACTION_BYTES,
} from '../stun-message.ts'

/** When each question is asked: a datagram may be lost. */
const ASK_AT_MS = [0, 300, 900]
/** By when all answers must be there: what has not come by then does not come. */
const PROBE_TIMEOUT_MS = 2_000
/** More servers than this tell nothing new. */
const MAX_SERVERS = 4

const STUN_URL = /^stun:\[?(.+?)\]?:(\d+)$/

/**
 * The class of the NAT between this machine and the STUN servers `stun` (`stun:host:port`), by IPv4; `undefined` if they
 * do not tell: it takes two that answer, and one that answers from another port (RFC 5780). Takes one round trip where the
 * NAT is open or strict, and two seconds otherwise. Rejects only with what `signal` gives.
 *
 * The mapping shows in what two servers see of one socket. The filtering shows in whether a port that was never sent to
 * gets through to another socket, one that has spoken to nobody else.
 */
export async function probeNat(stun: readonly string[], signal: AbortSignal): Promise<NatClass | undefined> {
  const servers = await resolveAll(stun.slice(0, MAX_SERVERS))
  signal.throwIfAborted()
  if (servers.length < 2) return undefined
  const findings = new Findings(servers.length)
  const over = new AbortController()
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, PROBE_TIMEOUT_MS)
      over.signal.addEventListener('abort', () => clearTimeout(timer))
      signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal })
      const learn = (note: () => void): void => {
        note()
        if (findings.isComplete) resolve()
      }
      const [mapping, filtering] = sockets
      for (const server of servers) {
        ask(mapping, server, undefined, over.signal, ({ mapped }) => learn(() => findings.seenAs(mapped)))
      }
      for (const server of onePerAddress(servers)) {
        for (const port of [false, true]) {
          ask(filtering, server, { address: false, port }, over.signal, (response, from) =>
            learn(() => findings.heard(from, server, response)),
          )
        }
      }
    })
  } finally {
    over.abort()
    for (const socket of sockets) socket.close()
  }
  return findings.nat
}

/** What was found out so far. */
class Findings {
  readonly #servers: number
  readonly #seenAs: string[] = []
  /** The server can answer from another port. */
  #canChange = false
  #letsIn = false

  constructor(servers: number) {
    this.#servers = servers
  }

  seenAs({ address, port }: Endpoint): void {
    this.#seenAs.push(`${address} ${port}`)
  }

  heard(from: Endpoint, asked: Endpoint, { other }: BindingResponse): void {
    this.#canChange ||= other !== undefined && other.port !== asked.port
    this.#letsIn ||= from.port !== asked.port
  }

  get isComplete(): boolean {
    return this.#isStrict || (this.#letsIn && this.#seenAs.length === this.#servers)
  }

  get nat(): NatClass | undefined {
    if (this.#isStrict) return 'strict'
    if (this.#seenAs.length < 2) return undefined
    if (this.#letsIn) return 'open'
    return this.#canChange ? 'restricted' : undefined
  }

  get #isStrict(): boolean {
    return new Set(this.#seenAs).size > 1
  }
}

/** Asks until there is an answer, which is passed on once, or until `signal` ends it. */
function ask(
  socket: Socket,
  server: Endpoint,
  change: { readonly address: boolean; readonly port: boolean } | undefined,
  signal: AbortSignal,
  answered: (response: BindingResponse, from: Endpoint) => void,
): void {
  const transaction = randomBytes(STUN_TRANSACTION_BYTES)
  const question = encodeBindingRequest({ transaction, ...(change && { change }) })
  const timers = ASK_AT_MS.map((afterMs) =>
    setTimeout(() => socket.send(question, server.port, server.address, () => {}), afterMs),
  )
  const stop = (): void => {
    for (const timer of timers) clearTimeout(timer)
    socket.off('message', hear)
  }
  const hear = (datagram: Uint8Array, from: Endpoint): void => {
    const response = parseBindingResponse(datagram)
    if (response === undefined || !transaction.equals(response.transaction)) return
    stop()
    answered(response, from)
  }
  socket.on('message', hear)
  // Where the system tells that a server is not there; others may be.
  socket.on('error', () => {})
  signal.addEventListener('abort', stop)
}

/** No two ports of one server: what was asked at the second could not be told from what comes from it unasked. */
function onePerAddress(servers: readonly Endpoint[]): Endpoint[] {
  return servers.filter(({ address }, at) => servers.findIndex((other) => other.address === address) === at)
}

/** Those whose names resolve, each once. */
async function resolveAll(stun: readonly string[]): Promise<Endpoint[]> {
  const found = new Map<string, Endpoint>()
  for (const url of stun) {
    const [, host, port] = STUN_URL.exec(url) ?? []
    const address = host === undefined ? undefined : await lookup(host, 4).catch(() => undefined)
    if (address) found.set(`${address.address} ${port}`, { address: address.address, port: Number(port) })
  }
  return [...found.values()]
}
