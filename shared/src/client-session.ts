import { type Carrier, CloseCode } from './carrier.ts'
import type { Clock } from './clock.ts'
import type { ErrorCode } from './errors.ts'
import { FootbridgeError } from './errors.ts'
import { ClientHandshake } from './handshake.ts'
import type { SessionKeys } from './packet.ts'
import type { Primitives } from './primitives.ts'
import { type PathListener, type PathTraffic, Session } from './session.ts'
import { SessionCloseCode } from './session-state.ts'
import type { SessionStream } from './session-stream.ts'
import type { Target } from './target.ts'

/** Early frames in HELLO: a few OPENs. Small, so that HELLO's length says little. */
const EARLY_BYTES = 2_048
/** Bridges that may say "unknown session" before we believe that the egress has forgotten it. */
const UNKNOWN_SESSION_LIMIT = 2

export interface ClientSessionOptions {
  readonly primitives: Primitives
  readonly clock: Clock
  /** From the client's own network descriptor. */
  readonly egressPublicKey: Uint8Array
  /** The session is over: all streams were told. `undefined` after `close`. */
  readonly closed: (code: ErrorCode | undefined) => void
  /** WELCOME came: the egress is who it should be. */
  readonly established?: () => void
  readonly goingAway?: () => void
}

/** One attached path, as its owner sees it. */
export interface AttachedPath {
  /** Round trip in milliseconds, and traffic so far; `undefined` while it is not (or no longer) in use. */
  status(): (PathTraffic & { roundTripMs: number }) | undefined
  /** Leaves the path. */
  close(): void
}

interface Established {
  readonly keys: SessionKeys
  readonly sessionId: Uint8Array
}

/**
 * The client's end of a session. The first carrier attached carries the handshake, later ones join without another;
 * carriers that come while the handshake is under way wait for it, and take it over if its carrier dies.
 */
export class ClientSession {
  readonly #session: Session
  readonly #options: ClientSessionOptions
  readonly #waiting: Attachment[] = []
  #handshaking: Attachment | undefined
  #established: Established | undefined
  #nextPathId = 1
  #unknownSession = 0

  constructor(options: ClientSessionOptions) {
    this.#options = options
    this.#session = new Session({
      role: 'client',
      primitives: options.primitives,
      clock: options.clock,
      handlers: {
        goingAway: () => options.goingAway?.(),
        closed: (code) => {
          for (const attachment of this.#waiting.splice(0)) attachment.finish(CloseCode.done)
          options.closed(code)
        },
      },
    })
  }

  get closed(): boolean {
    return this.#session.state.closed
  }

  get established(): boolean {
    return this.#established !== undefined
  }

  get streamCount(): number {
    return this.#session.state.streamCount
  }

  /** Opens a stream to `target`; its OPEN goes out with the handshake if that is still to come. Throws `limit` or `closed`. */
  open(target: Target): SessionStream {
    return this.#session.state.open(target)
  }

  /** Adds a carrier, as another path. */
  attach(carrier: Carrier, listener: PathListener): AttachedPath {
    const attachment = new Attachment(this.#session, carrier, listener)
    carrier.start({
      packet: (bytes) => this.#receive(attachment, bytes),
      close: (code) => this.#ended(attachment, code),
    })
    if (this.closed) attachment.finish(CloseCode.done)
    else if (this.#established !== undefined) this.#join(attachment, this.#established)
    else if (this.#handshaking !== undefined) this.#waiting.push(attachment)
    else this.#sayHello(attachment)
    return {
      status: () => attachment.status(),
      close: () => this.#leave(attachment),
    }
  }

  /** Ends the session and its streams; tells the egress. Idempotent. */
  close(): void {
    this.#session.close(SessionCloseCode.done)
  }

  #sayHello(attachment: Attachment): void {
    const { primitives, egressPublicKey, clock } = this.#options
    this.#handshaking = attachment
    const handshake = new ClientHandshake(primitives, egressPublicKey)
    attachment.handshake = handshake
    this.#session.state.addPath(0, clock.now(), false)
    this.#session.expectLink(0, { end: (code) => this.#handshakeFailed(attachment, code) })
    const frames = this.#session.state.pollFirst(0, clock.now(), { capacity: EARLY_BYTES, openOnly: true })
    attachment.carrier.send(handshake.hello(frames, clock.wallNow()))
  }

  #receive(attachment: Attachment, packet: Uint8Array): void {
    if (attachment.pathId !== undefined) this.#session.receive(attachment.pathId, packet)
    else if (attachment.handshake !== undefined)
      this.#finishHandshake(attachment, attachment.handshake, packet)
  }

  #finishHandshake(attachment: Attachment, handshake: ClientHandshake, packet: Uint8Array): void {
    const { state } = this.#session
    let welcome: ReturnType<ClientHandshake['finish']>
    try {
      welcome = handshake.finish(packet)
    } catch (error) {
      if (!(error instanceof FootbridgeError)) throw error
      this.#handshakeFailed(attachment, CloseCode.faulty)
      return
    }
    this.#handshaking = undefined
    this.#established = { keys: welcome.keys, sessionId: welcome.sessionId }
    attachment.link(0, this.#session.pathCrypto(welcome.keys, 0, 1))
    attachment.answered()
    // Before WELCOME's ACK counts them as delivered.
    if (!welcome.earlyAccepted) state.requeueEarly(0)
    state.receive(0, welcome.frames, packet.length, this.#options.clock.now())
    for (const waiting of this.#waiting.splice(0)) this.#join(waiting, this.#established)
    this.#options.established?.()
  }

  #handshakeFailed(attachment: Attachment, code: CloseCode): void {
    this.#session.state.abandonPath(0, this.#options.clock.now())
    this.#handshaking = undefined
    attachment.finish(code)
    if (this.closed) return
    const next = this.#waiting.shift()
    if (next !== undefined) this.#sayHello(next)
  }

  #join(attachment: Attachment, { keys, sessionId }: Established): void {
    const pathId = this.#nextPathId
    this.#nextPathId += 1
    const now = this.#options.clock.now()
    const crypto = this.#session.pathCrypto(keys, pathId, 0)
    try {
      this.#session.state.addPath(pathId, now, false)
    } catch {
      attachment.finish(CloseCode.limit)
      return
    }
    const frames = this.#session.state.pollFirst(pathId, now, { capacity: EARLY_BYTES, openOnly: false })
    attachment.carrier.send(crypto.sealer.sealJoin(sessionId, frames))
    attachment.link(pathId, crypto)
  }

  #ended(attachment: Attachment, code: CloseCode): void {
    if (code === CloseCode.unknownSession && attachment.pathId !== undefined) this.#egressForgot()
    if (attachment === this.#handshaking) this.#handshakeFailed(attachment, code)
    else if (attachment.pathId !== undefined) this.#session.ended(attachment.pathId, code)
    else this.#leave(attachment, code)
  }

  #leave(attachment: Attachment, code: CloseCode = CloseCode.done): void {
    const index = this.#waiting.indexOf(attachment)
    if (index >= 0) this.#waiting.splice(index, 1)
    if (attachment === this.#handshaking) {
      this.#handshakeFailed(attachment, code)
      return
    }
    attachment.carrier.close(code)
    if (attachment.pathId !== undefined) this.#session.ended(attachment.pathId, code)
    else attachment.finish(code)
  }

  /**
   * One bridge may lie; two that say the same are believed, since waiting for a third costs the user a minute. None is
   * while the egress still answers on another path.
   */
  #egressForgot(): void {
    for (const path of this.#session.state.paths.values()) if (path.received > 0) return
    this.#unknownSession += 1
    if (this.#unknownSession >= UNKNOWN_SESSION_LIMIT) this.#session.close(SessionCloseCode.timeout)
  }
}

/** A carrier on its way to become a path. */
class Attachment {
  readonly carrier: Carrier
  pathId: number | undefined
  handshake: ClientHandshake | undefined
  readonly #session: Session
  readonly #listener: PathListener
  #answered = false
  #over = false

  constructor(session: Session, carrier: Carrier, listener: PathListener) {
    this.#session = session
    this.carrier = carrier
    this.#listener = listener
  }

  link(pathId: number, crypto: ReturnType<Session['pathCrypto']>): void {
    this.pathId = pathId
    this.#session.link(pathId, this.carrier, crypto, {
      working: () => this.answered(),
      suspect: (suspect) => this.#listener.suspect?.(suspect),
      stalled: () => this.#listener.stalled?.(),
      end: (code) => this.finish(code),
    })
  }

  /** The egress has answered on this path, by WELCOME or by any packet. */
  answered(): void {
    if (this.#answered) return
    this.#answered = true
    this.#listener.working?.()
  }

  status(): (PathTraffic & { roundTripMs: number }) | undefined {
    if (this.pathId === undefined) return undefined
    const traffic = this.#session.traffic(this.pathId)
    const path = this.#session.state.paths.get(this.pathId)
    return traffic && path && { ...traffic, roundTripMs: path.roundTripMs }
  }

  /** Closes the carrier and tells the owner, once. */
  finish(code: CloseCode): void {
    if (this.#over) return
    this.#over = true
    this.carrier.close(code)
    this.#listener.end(code)
  }
}
