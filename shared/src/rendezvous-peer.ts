import { type Carrier, CloseCode } from './carrier.ts'
import type { Clock } from './clock.ts'
import { FootbridgeError } from './errors.ts'
import { type CandidateKind, GATHER_TIMEOUT_MS, LocalSignals } from './local-signals.ts'
import { MAX_CANDIDATES, sanitizeCandidate, sanitizeDescription } from './sdp.ts'
import type { TurnServer } from './signaling-messages.ts'
import { type SimplePeerLike, simplePeerCarrier } from './simple-peer-carrier.ts'

/**
 * WebRTC as simple-peer offers it. Injected, because simple-peer is imported differently in bundles and in Node,
 * and because Node needs an implementation (`wrtc`) from outside.
 */
export interface WebRtc {
  readonly SimplePeer: new (options: object) => SimplePeerLike
  readonly wrtc?: object
}

export interface RendezvousOptions {
  readonly webRtc: WebRtc
  readonly clock: Clock
  /** `stun:host:port` */
  readonly stun: readonly string[]
  readonly turn?: TurnServer | undefined
  readonly allowPrivateCandidates: boolean
  /** Without it the description waits up to a second for its candidates. */
  readonly trickle: boolean
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** Our own description is ready to be sent. Called once. */
  onDescription(sdp: string): void
  /** One more of our candidates. Never called before `onDescription`. */
  onCandidate?(candidate: string, sdpMid: string | undefined): void
}

/** One end of a rendezvous, fed with what the other end sent. Input after the end is ignored. */
export interface RendezvousPeer {
  /**
   * The open data channel. Rejects with `timeout`, `aborted`, `unavailable` (no way to the other end), `limit` (the
   * browser makes no further connection), or with what is wrong with the other end's description or candidate.
   */
  readonly carrier: Promise<Carrier>
  /** The other end's answer. */
  accept(sdp: string): void
  addCandidate(candidate: string, sdpMid?: string): void
}

/** From the start of a rendezvous to an open data channel … */
export const ICE_TIMEOUT_MS = 15_000
/** … and from the other end's description: what takes longer fails, and a person waits. */
const CONNECT_TIMEOUT_MS = 8_000

const CHANNEL_LABEL = 'footbridge'

/** The client's end: offers, and owns the data channel. */
export function offerPeer(options: RendezvousOptions): RendezvousPeer {
  return rendezvous(options, 'answer')
}

/** The bridge's end: answers `offer`, and so is the DTLS client, whose first message a censor may look at. */
export function answerPeer(offer: string, options: RendezvousOptions): RendezvousPeer {
  const peer = rendezvous(options, 'offer')
  peer.accept(offer)
  return peer
}

function rendezvous(options: RendezvousOptions, expected: 'offer' | 'answer'): RendezvousPeer {
  const { signal, clock, timeoutMs = ICE_TIMEOUT_MS } = options
  const sanitize = { allowPrivate: options.allowPrivateCandidates }
  const signals = new LocalSignals({
    ...options,
    awaited: awaitedOf(options),
    after: (delayMs, fire) => clock.after(delayMs, () => attempt(fire)),
  })
  let candidatesLeft = MAX_CANDIDATES
  let described = false
  let settled = false
  let peer: SimplePeerLike | undefined
  let settle: (outcome: Carrier | FootbridgeError) => void = () => {}
  let expireAfter: (ms: number) => void = () => {}

  const carrier = new Promise<Carrier>((resolve, reject) => {
    const onAbort = (): void => settle(new FootbridgeError('aborted', 'the rendezvous was cancelled'))
    let cancelTimer = (): void => {}
    expireAfter = (ms) => {
      cancelTimer()
      cancelTimer = clock.after(ms, () =>
        settle(new FootbridgeError('timeout', `no data channel within ${ms} ms`)),
      )
    }
    expireAfter(timeoutMs)
    settle = (outcome) => {
      if (settled) return
      settled = true
      cancelTimer()
      signals.stop()
      signal?.removeEventListener('abort', onAbort)
      if (!(outcome instanceof FootbridgeError)) return resolve(outcome)
      peer?.destroy()
      reject(outcome)
    }
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
  })

  const attempt = (action: () => void): void => {
    if (settled) return
    try {
      action()
    } catch (error) {
      settle(connectionError(error))
    }
  }

  attempt(() => {
    const made = new options.webRtc.SimplePeer(simplePeerOptions(options, expected === 'answer'))
    // Listens from the start, so that packets of a quick other end are kept and bounded.
    const carrier = simplePeerCarrier(made)
    made.on('signal', (value) => attempt(() => signals.add(value)))
    made.on('_iceComplete', () => attempt(() => signals.complete()))
    made.on('connect', () => (settled ? carrier.close(CloseCode.lost) : settle(carrier)))
    made.on('error', (error) => settle(connectionError(error)))
    made.on('close', () => settle(new FootbridgeError('unavailable', 'the other end went away')))
    peer = made
  })

  return {
    carrier,
    accept: (sdp) =>
      attempt(() => {
        if (described) throw new FootbridgeError('protocol', `more than one ${expected} came`)
        described = true
        expireAfter(Math.min(timeoutMs, CONNECT_TIMEOUT_MS))
        peer?.signal({ type: expected, sdp: sanitizeDescription(sdp, sanitize) })
      }),
    addCandidate: (candidate, sdpMid = '0') =>
      attempt(() => {
        const usable = sanitizeCandidate(candidate, sanitize)
        if (usable === undefined || candidatesLeft === 0) return
        candidatesLeft -= 1
        peer?.signal({ type: 'candidate', candidate: { candidate: usable, sdpMid } })
      }),
  }
}

function awaitedOf({ stun, turn }: RendezvousOptions): CandidateKind[] {
  return [...(stun.length > 0 ? (['srflx'] as const) : []), ...(turn ? (['relay'] as const) : [])]
}

function simplePeerOptions({ webRtc, stun, turn }: RendezvousOptions, initiator: boolean): object {
  return {
    initiator,
    // `LocalSignals` collects them where the other end wants them all at once.
    trickle: true,
    // Its timer for that outlives it.
    iceCompleteTimeout: GATHER_TIMEOUT_MS,
    objectMode: true,
    channelName: CHANNEL_LABEL,
    channelConfig: { ordered: true },
    // Always given: simple-peer's default asks STUN servers of third parties.
    config: { iceServers: [{ urls: stun }, turn].filter((server) => server?.urls.length) },
    ...(webRtc.wrtc && { wrtc: webRtc.wrtc }),
  }
}

function connectionError(error: unknown): FootbridgeError {
  if (error instanceof FootbridgeError) return error
  // Its message may quote candidates, so neither text nor cause goes along.
  return (error as { code?: unknown } | undefined)?.code === 'ERR_PC_CONSTRUCTOR'
    ? new FootbridgeError('limit', 'the browser makes no further WebRTC connection')
    : new FootbridgeError('unavailable', 'the WebRTC connection failed')
}
