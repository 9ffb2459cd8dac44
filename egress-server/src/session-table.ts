import {
  acceptHello,
  type Carrier,
  CloseCode,
  encodeBase64Url,
  FootbridgeError,
  MAX_PAYLOAD_BYTES,
  PacketKind,
  ReplayGuard,
  readJoinHeader,
  Session,
  SessionCloseCode,
  type SessionKeys,
  type Ticket,
} from '@footbridge/shared'
import { sessionsToEnd } from './memory-limit.ts'
import type { CreateSessions, Sessions, SessionsContext } from './sessions.ts'
import { UsedPaths } from './used-paths.ts'

/** Time that a bridge's carrier has to bring its first packet: the client's data channel opens meanwhile. */
const FIRST_PACKET_TIMEOUT_MS = 20_000
/** Room that WELCOME needs besides its frames. */
const WELCOME_CAPACITY = MAX_PAYLOAD_BYTES - 256
/** Time between two looks at what the sessions hold. */
const MEMORY_CHECK_INTERVAL_MS = 250
/** What an open stream costs with nothing in it: its TCP connection and everything around it. */
const STREAM_COST_BYTES = 8_192

/** A session, the keys of its paths, and the path ids that were used. */
interface Entry {
  readonly id: string
  readonly session: Session
  readonly keys: SessionKeys
  readonly usedPaths: UsedPaths
}

/** A carrier that a bridge opened, before and after its first packet says what it is for. */
interface Arrival {
  readonly carrier: Carrier
  readonly ticketId: Uint8Array
  readonly cancelDeadline: () => void
  path?: { readonly entry: Entry; readonly id: number }
}

/** All sessions of this egress, found again by their id when another path joins. */
export const createSessionTable: CreateSessions = (context) => new SessionTable(context)

class SessionTable implements Sessions {
  readonly #context: SessionsContext
  readonly #replays: ReplayGuard = new ReplayGuard()
  readonly #entries: Map<string, Entry> = new Map()
  readonly #arrivals: Set<Arrival> = new Set()
  #cancelMemoryCheck: (() => void) | undefined

  constructor(context: SessionsContext) {
    this.#context = context
  }

  get size(): number {
    return this.#entries.size
  }

  accept(carrier: Carrier, ticket: Ticket): void {
    const arrival: Arrival = {
      carrier,
      ticketId: ticket.id,
      cancelDeadline: this.#context.clock.after(FIRST_PACKET_TIMEOUT_MS, () =>
        this.#refuse(arrival, CloseCode.timeout),
      ),
    }
    this.#arrivals.add(arrival)
    carrier.start({
      packet: (packet) => this.#receive(arrival, packet),
      close: (code) => this.#ended(arrival, code),
    })
  }

  async close(): Promise<void> {
    for (const arrival of [...this.#arrivals]) this.#refuse(arrival, CloseCode.shutdown)
    for (const { session } of this.#entries.values()) session.close(SessionCloseCode.shutdown)
    // CLOSE goes out at the end of this turn.
    await Promise.resolve()
  }

  #receive(arrival: Arrival, packet: Uint8Array): void {
    if (arrival.path !== undefined) {
      arrival.path.entry.session.receive(arrival.path.id, packet)
      return
    }
    this.#settle(arrival)
    try {
      if (packet[0] === PacketKind.join) this.#join(arrival, packet)
      else this.#begin(arrival, packet)
    } catch (error) {
      if (!(error instanceof FootbridgeError)) throw error
      this.#context.log.debug({ code: error.code }, 'path refused')
      arrival.carrier.close(error.code === 'limit' ? CloseCode.limit : CloseCode.faulty)
    }
  }

  #begin(arrival: Arrival, packet: Uint8Array): void {
    const { primitives, keyPair, maxSessions, clock, onStream, log } = this.#context
    if (this.#entries.size >= maxSessions)
      throw new FootbridgeError('limit', 'the egress holds as many sessions as it may')
    const hello = acceptHello(packet, {
      primitives,
      staticKey: keyPair,
      replays: this.#replays,
      now: clock.wallNow(),
    })
    const session = new Session({
      role: 'egress',
      primitives,
      clock: clock,
      handlers: {
        stream: (stream) => onStream(stream, session),
        closed: (code) => {
          this.#forget(entry)
          log.debug({ code: code ?? 'clean' }, 'session ended')
        },
      },
    })
    const now = clock.now()
    session.state.addPath(0, now, false)
    session.state.receive(0, hello.earlyAccepted ? hello.frames : new Uint8Array(0), packet.length, now)
    const frames = session.state.pollFirst(0, now, { capacity: WELCOME_CAPACITY, openOnly: false })
    const welcome = hello.welcome(frames)
    const entry: Entry = {
      id: encodeBase64Url(hello.sessionId),
      session,
      keys: welcome.keys,
      usedPaths: new UsedPaths(),
    }
    this.#entries.set(entry.id, entry)
    this.#cancelMemoryCheck ??= this.#scheduleMemoryCheck()
    arrival.carrier.send(welcome.packet)
    this.#link(arrival, entry, 0, session.pathCrypto(welcome.keys, 0, 1))
    log.debug({ sessions: this.#entries.size }, 'session began')
  }

  #join(arrival: Arrival, packet: Uint8Array): void {
    const { sessionId, pathId } = readJoinHeader(packet)
    const entry = this.#entries.get(encodeBase64Url(sessionId))
    if (entry === undefined) {
      arrival.carrier.close(CloseCode.unknownSession)
      return
    }
    const { session, keys, usedPaths } = entry
    if (usedPaths.has(pathId)) throw new FootbridgeError('not-authentic', 'a JOIN was replayed')
    const crypto = session.pathCrypto(keys, pathId, 0)
    const frames = crypto.opener.openJoin(packet)
    if (frames === undefined) throw new FootbridgeError('not-authentic', 'a JOIN does not authenticate')
    const now = this.#context.clock.now()
    session.state.addPath(pathId, now, false)
    usedPaths.add(pathId)
    session.state.receive(pathId, frames, packet.length, now)
    // The JOIN's answer is packet 0 of this direction: an acknowledgement, sealed like any other packet.
    arrival.carrier.send(
      crypto.sealer.seal(
        session.state.pollFirst(pathId, now, { capacity: WELCOME_CAPACITY, openOnly: false }),
      ),
    )
    this.#link(arrival, entry, pathId, crypto)
  }

  #link(arrival: Arrival, entry: Entry, id: number, crypto: ReturnType<Session['pathCrypto']>): void {
    arrival.path = { entry, id }
    const { session } = entry
    let ended: (code: CloseCode) => void = () => {}
    session.link(id, arrival.carrier, crypto, { end: (code) => ended(code) })
    const traffic = session.traffic(id)
    ended = this.#context.watchPath(arrival.ticketId, {
      bytes: () => (traffic ? traffic.sent + traffic.received : 0),
      isOutlived: () => !session.state.closed && session.state.paths.size > 0,
    })
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.id)
    if (this.#entries.size > 0) return
    this.#cancelMemoryCheck?.()
    this.#cancelMemoryCheck = undefined
  }

  #scheduleMemoryCheck(): () => void {
    return this.#context.clock.after(MEMORY_CHECK_INTERVAL_MS, () => {
      this.#cancelMemoryCheck = this.#scheduleMemoryCheck()
      this.#limitMemory()
    })
  }

  #limitMemory(): void {
    const holdings = [...this.#entries.values()].map(({ session }) => ({
      session,
      heldBytes: session.heldBytes + session.state.streamCount * STREAM_COST_BYTES,
      orphaned: session.state.orphaned,
    }))
    const ended = sessionsToEnd(holdings, this.#context.maxMemoryBytes)
    for (const { session } of ended) session.close(SessionCloseCode.limit)
    if (ended.length > 0) this.#context.log.warn({ sessions: ended.length }, 'sessions ended to save memory')
  }

  #ended(arrival: Arrival, code: CloseCode): void {
    this.#settle(arrival)
    arrival.path?.entry.session.ended(arrival.path.id, code)
  }

  #refuse(arrival: Arrival, code: CloseCode): void {
    this.#settle(arrival)
    arrival.carrier.close(code)
  }

  #settle(arrival: Arrival): void {
    arrival.cancelDeadline()
    this.#arrivals.delete(arrival)
  }
}
