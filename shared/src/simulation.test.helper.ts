import { type SessionEvents, SessionState } from './session-state.ts'
import type { SessionStream } from './session-stream.ts'
import type { StreamState } from './stream-state.ts'
import type { Target } from './target.ts'

/** A seeded generator (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Flight {
  readonly arrivesAt: number
  readonly payload: Uint8Array
}

interface Link {
  readonly delayMs: number
  readonly bytesPerMs: number
  /** Packets on their way, towards [client, egress]; in order, as carriers are. */
  readonly flights: [Flight[], Flight[]]
  readonly freeAt: [number, number]
  frozen: boolean
}

/** A client's and an egress's session core, and links between them that live, slow down, freeze and die. */
export class Simulation {
  now = 0
  readonly client: SessionState
  readonly egress: SessionState
  readonly accepted: StreamState[] = []
  readonly events: string[] = []
  readonly #links: Map<number, Link> = new Map()
  #stopped = false
  #nextPathId = 0

  constructor() {
    this.client = new SessionState('client', this.#eventsOf('client'))
    this.egress = new SessionState('egress', this.#eventsOf('egress'))
  }

  get linkIds(): number[] {
    return [...this.#links.keys()]
  }

  addLink(options: { delayMs: number; bytesPerMs: number }): number {
    const pathId = this.#nextPathId
    this.#nextPathId += 1
    this.#links.set(pathId, { ...options, flights: [[], []], freeAt: [this.now, this.now], frozen: false })
    this.client.addPath(pathId, this.now, true)
    this.egress.addPath(pathId, this.now, true)
    return pathId
  }

  /** Both ends see the carrier close; what was on its way is gone. */
  killLink(pathId: number): void {
    if (!this.#links.delete(pathId)) return
    this.client.losePath(pathId, this.now)
    this.egress.losePath(pathId, this.now)
  }

  /** Nothing moves on it any more and nobody is told. */
  freezeLink(pathId: number): void {
    const link = this.#links.get(pathId)
    if (link !== undefined) link.frozen = true
  }

  /** Ends `run` after this step. */
  stop(): void {
    this.#stopped = true
  }

  /** Runs until nothing is left to do or `untilMs` is reached. */
  run(untilMs: number, step?: () => void): void {
    while (this.now < untilMs && !this.#stopped) {
      this.#send(this.client, 1)
      this.#send(this.egress, 0)
      step?.()
      this.#send(this.client, 1)
      this.#send(this.egress, 0)
      const next = Math.min(this.#nextArrival(), this.client.deadline, this.egress.deadline, untilMs)
      this.now = Math.max(next, this.now)
      this.#deliver(this.egress, 1)
      this.#deliver(this.client, 0)
      if (this.client.deadline <= this.now) this.client.tick(this.now)
      if (this.egress.deadline <= this.now) this.egress.tick(this.now)
    }
  }

  #send(from: SessionState, toward: 0 | 1): void {
    for (let packet = from.poll(this.now); packet !== undefined; packet = from.poll(this.now)) {
      const link = this.#links.get(packet.pathId)
      if (link === undefined) continue
      const startsAt = Math.max(this.now, link.freeAt[toward])
      link.freeAt[toward] = startsAt + packet.payload.length / link.bytesPerMs
      link.flights[toward].push({
        arrivesAt: link.freeAt[toward] + link.delayMs,
        payload: packet.payload.slice(),
      })
    }
  }

  #deliver(to: SessionState, toward: 0 | 1): void {
    for (const [pathId, link] of [...this.#links]) {
      if (link.frozen) continue
      const flights = link.flights[toward]
      for (let first = flights[0]; first !== undefined && first.arrivesAt <= this.now; first = flights[0]) {
        flights.shift()
        to.receive(pathId, first.payload, first.payload.length, this.now)
      }
    }
  }

  #nextArrival(): number {
    let next = Number.POSITIVE_INFINITY
    for (const link of this.#links.values()) {
      if (link.frozen) continue
      for (const flights of link.flights)
        next = Math.min(next, flights[0]?.arrivesAt ?? Number.POSITIVE_INFINITY)
    }
    return next
  }

  #eventsOf(side: 'client' | 'egress'): SessionEvents {
    return {
      wake: () => {},
      stream: (stream) => this.accepted.push(stream),
      pathSuspect: () => {},
      pathStalled: () => {},
      // The side that gives a path up closes its carrier, and the other side sees that.
      pathDown: (pathId) => {
        this.events.push(`${side}: path ${pathId} down at ${Math.round(this.now)}`)
        this.#links.delete(pathId)
        const other = side === 'client' ? this.egress : this.client
        other.losePath(pathId, this.now)
      },
      goingAway: () => this.events.push(`${side}: going away`),
      closed: (code) => this.events.push(`${side}: closed ${code ?? 'clean'}`),
    }
  }
}

/** Sends a known sequence of bytes over a stream and checks one that comes in. */
export class Transfer {
  readonly bytes: number
  readonly #stream: SessionStream
  #sent = 0
  #received = 0
  failed: string | undefined
  finished = false

  /** Byte `n` of every transfer of `seed`. */
  static byteAt(seed: number, position: number): number {
    return (position * 31 + (position >>> 8) * 7 + seed) & 0xff
  }

  readonly #seed: number

  constructor(stream: SessionStream, bytes: number, seed: number) {
    this.#stream = stream
    this.bytes = bytes
    this.#seed = seed
    stream.listen({
      failed: (code) => {
        this.failed = code
      },
    })
  }

  /** Writes as much as the stream likes, in pieces of `random` size, then ends it. */
  pump(random: () => number): void {
    while (this.#sent < this.bytes && this.#stream.writableBytes > 0) {
      const length = Math.min(1 + Math.floor(random() ** 3 * 100_000), this.bytes - this.#sent)
      const piece = new Uint8Array(length)
      for (let index = 0; index < length; index += 1)
        piece[index] = Transfer.byteAt(this.#seed, this.#sent + index)
      this.#stream.write(piece)
      this.#sent += length
    }
    if (this.#sent === this.bytes) this.#stream.end()
  }

  /** Reads what is there; throws at the first wrong byte. */
  drain(): void {
    for (let bytes = this.#stream.read(); bytes !== undefined; bytes = this.#stream.read()) {
      if (bytes === null) {
        if (this.#received !== this.bytes)
          throw new Error(`ended after ${this.#received} of ${this.bytes} bytes`)
        this.finished = true
        return
      }
      for (const byte of bytes) {
        if (byte !== Transfer.byteAt(this.#seed, this.#received))
          throw new Error(`wrong byte at ${this.#received}`)
        this.#received += 1
      }
    }
  }
}

export const TARGET: Target = { host: 'example.org', port: 443 }
