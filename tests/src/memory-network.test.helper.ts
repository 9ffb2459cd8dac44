import { setImmediate as turn } from 'node:timers/promises'
import { createSessionTable, type Sessions } from '@footbridge/egress-server'
import {
  type Carrier,
  type CarrierListener,
  ClientSession,
  CloseCode,
  type ErrorCode,
  type SessionStream,
  type Ticket,
} from '@footbridge/shared'
import { createLog, nodePrimitives } from '@footbridge/shared/node'
import { SimulatedClock } from './simulated-clock.test.helper.ts'

/** Longest that `run` lets simulated time go on. */
const MAX_RUN_MS = 120_000

const TICKET: Ticket = { version: 1, id: new Uint8Array(16), egress: 'e1', expiresAt: 0 }

export type Side = 'client' | 'egress'

/** What a bridge passes on in place of `packet`, which is the `index`th on its way toward one side. */
export type Misdeed = (packet: Uint8Array, toward: Side, index: number) => readonly Uint8Array[]

/** One of the two carriers of a bridge, held by the client or by the egress. */
export class BridgeEnd implements Carrier {
  readonly bufferedAmount = 0
  /** Sent here and not yet taken by the bridge. */
  readonly outbox: Uint8Array[] = []
  closedWith: CloseCode | undefined
  #listener: CarrierListener | undefined

  start(listener: CarrierListener): void {
    this.#listener = listener
  }

  send(packet: Uint8Array): void {
    if (this.closedWith === undefined) this.outbox.push(packet)
  }

  close(code: CloseCode): void {
    this.closedWith ??= code
  }

  deliver(packet: Uint8Array): void {
    if (this.closedWith === undefined) this.#listener?.packet(packet)
  }

  /** The bridge's side of this carrier closes. */
  end(code: CloseCode): void {
    if (this.closedWith !== undefined) return
    this.closedWith = code
    this.#listener?.close(code)
  }
}

/** A bridge in memory that may do to packets whatever it likes, and remembers them all. */
export class Bridge {
  readonly ends: Readonly<Record<Side, BridgeEnd>> = { client: new BridgeEnd(), egress: new BridgeEnd() }
  /** Every packet it was given, by where it should go. */
  readonly seen: Readonly<Record<Side, Uint8Array[]>> = { client: [], egress: [] }
  readonly #misdeed: Misdeed

  constructor(misdeed: Misdeed = (packet) => [packet]) {
    this.#misdeed = misdeed
  }

  /** Why the path ended, on the client's side and on the egress's. */
  get closedWith(): Readonly<Record<Side, CloseCode | undefined>> {
    return { client: this.ends.client.closedWith, egress: this.ends.egress.closedWith }
  }

  get closed(): boolean {
    return this.ends.client.closedWith !== undefined && this.ends.egress.closedWith !== undefined
  }

  /** Passes on what was sent, then the news that a carrier closed. False if there was nothing to do. */
  pump(): boolean {
    const up = this.#carry('client', 'egress')
    const down = this.#carry('egress', 'client')
    return up || down
  }

  /** Ends both carriers, as a closing tab does. */
  kill(code: CloseCode = CloseCode.lost): void {
    this.ends.client.end(code)
    this.ends.egress.end(code)
  }

  #carry(from: Side, toward: Side): boolean {
    const source = this.ends[from]
    const sink = this.ends[toward]
    const packets = source.outbox.splice(0)
    for (const packet of packets) {
      const index = this.seen[toward].push(packet) - 1
      for (const passed of this.#misdeed(packet, toward, index)) sink.deliver(passed)
    }
    const ends = source.closedWith !== undefined && sink.closedWith === undefined
    if (ends)
      sink.end(
        source.closedWith === CloseCode.lost ? CloseCode.peerLost : (source.closedWith ?? CloseCode.lost),
      )
    return packets.length > 0 || ends
  }
}

/** Clients' sessions, an egress's session table and the bridges between them, all real but the carriers and the time. */
export class MemoryNetwork {
  readonly clock: SimulatedClock = new SimulatedClock()
  readonly bridges: Bridge[] = []
  /** Streams that reached the egress. */
  readonly accepted: SessionStream[] = []
  egress: Sessions
  readonly #keyPair = nodePrimitives.x25519.generate()
  readonly #serve: (stream: SessionStream) => void

  readonly #maxMemoryBytes: number

  /** `serve` stands for the target behind the egress. */
  constructor(serve: (stream: SessionStream) => void, maxMemoryBytes: number = Number.POSITIVE_INFINITY) {
    this.#serve = serve
    this.#maxMemoryBytes = maxMemoryBytes
    this.egress = this.#startEgress()
  }

  /** A client; `ended` is called when its session is over, `clockOffMs` is how wrong its time of day is. */
  addClient(ended: (code: ErrorCode | undefined) => void = () => {}, clockOffMs = 0): ClientSession {
    const { clock } = this
    return new ClientSession({
      primitives: nodePrimitives,
      clock: {
        now: () => clock.now(),
        wallNow: () => clock.wallNow() + clockOffMs,
        after: (delayMs, fire) => clock.after(delayMs, fire),
      },
      egressPublicKey: this.#keyPair.publicKey,
      closed: ended,
    })
  }

  addBridge(client: ClientSession, misdeed?: Misdeed): Bridge {
    const bridge = new Bridge(misdeed)
    this.bridges.push(bridge)
    this.egress.accept(bridge.ends.egress, TICKET)
    client.attach(bridge.ends.client, { end: () => {} })
    return bridge
  }

  /** A carrier to the egress that carries just what the test delivers. */
  dialEgress(): BridgeEnd {
    const end = new BridgeEnd()
    this.egress.accept(end, TICKET)
    return end
  }

  /** A crash: all sessions forgotten, all carriers lost, the same static key. */
  restartEgress(): void {
    for (const bridge of this.bridges) bridge.kill()
    this.egress = this.#startEgress()
  }

  /** Lets everything happen, and time pass when nothing else does, until `done`. */
  async run(done: () => boolean, what = 'what the test waits for'): Promise<void> {
    const deadline = this.clock.now() + MAX_RUN_MS
    while (!done()) {
      if (await this.#settle()) continue
      if (this.clock.now() >= deadline) throw new Error(`${what} did not happen in time`)
      this.clock.advance(deadline)
    }
  }

  /** Lets `ms` of simulated time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    while (this.clock.now() < until) {
      if (!(await this.#settle())) this.clock.advance(until)
    }
    while (await this.#settle());
  }

  /** One turn of the event loop. False if nothing moved in it. */
  async #settle(): Promise<boolean> {
    await turn()
    let moved = false
    for (const bridge of [...this.bridges]) moved = bridge.pump() || moved
    return moved
  }

  #startEgress(): Sessions {
    return createSessionTable({
      keyPair: this.#keyPair,
      primitives: nodePrimitives,
      maxSessions: 100,
      maxMemoryBytes: this.#maxMemoryBytes,
      clock: this.clock,
      log: createLog('test', 'silent'),
      watchPath: () => () => {},
      onStream: (stream) => {
        this.accepted.push(stream)
        this.#serve(stream)
      },
    })
  }
}

/** A target that sends back whatever it is sent. */
export function echo(stream: SessionStream): void {
  const copy = (): void => {
    while (stream.writableBytes > 0) {
      const bytes = stream.read()
      if (bytes === undefined) return
      if (bytes === null) {
        stream.end()
        return
      }
      stream.write(bytes)
    }
  }
  stream.accept()
  stream.listen({ readable: copy, writable: copy })
  copy()
}

/** Sends `plain` to an echo over `stream` and throws at the first byte that comes back wrong. */
export class Exchange {
  finished = false
  failure: ErrorCode | undefined
  readonly #stream: SessionStream
  readonly #plain: Uint8Array
  #sent = 0
  #received = 0

  constructor(stream: SessionStream, plain: Uint8Array) {
    this.#stream = stream
    this.#plain = plain
    stream.listen({
      readable: () => this.#receive(),
      writable: () => this.#send(),
      failed: (code) => {
        this.failure = code
      },
    })
    this.#send()
  }

  #send(): void {
    while (this.#sent < this.#plain.length && this.#stream.writableBytes > 0) {
      const piece = this.#plain.subarray(this.#sent, this.#sent + 16_384)
      this.#stream.write(piece)
      this.#sent += piece.length
    }
    if (this.#sent === this.#plain.length) this.#stream.end()
  }

  #receive(): void {
    for (let bytes = this.#stream.read(); bytes !== undefined; bytes = this.#stream.read()) {
      if (bytes === null) {
        if (this.#received !== this.#plain.length)
          throw new Error(`the echo ended after ${this.#received} bytes`)
        this.finished = true
        return
      }
      const expected = this.#plain.subarray(this.#received, this.#received + bytes.length)
      if (Buffer.compare(bytes, expected) !== 0) throw new Error(`a wrong byte after ${this.#received}`)
      this.#received += bytes.length
    }
  }
}

/** Listens to `stream` and collects what it fails with. */
export function failuresOf(stream: SessionStream): ErrorCode[] {
  const failures: ErrorCode[] = []
  stream.listen({ failed: (code) => failures.push(code) })
  return failures
}

/** Text of which each line is different and all contain `phrase`. */
export function letter(phrase: string, length: number): Uint8Array {
  const lines: string[] = []
  for (let line = 0; lines.length * (phrase.length + 10) < length; line += 1)
    lines.push(`${line} ${phrase}`.padStart(phrase.length + 9))
  return new TextEncoder().encode(lines.join('\n')).subarray(0, length)
}
