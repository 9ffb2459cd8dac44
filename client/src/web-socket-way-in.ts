import {
  type CandidateMessage,
  type Carrier,
  type ClientOfferMessage,
  type ClientRefusedMessage,
  type ClientToServer,
  CloseCode,
  encodeSignalingMessage,
  FootbridgeError,
  type NetworkDescriptor,
  openWebSocketCarrier,
  parseServerToClient,
  type RendezvousPeer,
  type ServerToClient,
  type WebRtc,
  type WorkDemand,
} from '@footbridge/shared'
import { nodeWebSocket } from '@footbridge/shared/node'
import { offeringPeer } from './offering-peer.ts'
import type { Reachability } from './reachability.ts'
import { solveWork, workOf } from './solve-work.ts'
import {
  checkAnswer,
  isNoWay,
  type Meeting,
  type MeetingRequest,
  offerFor,
  refusalOf,
  type WayIn,
} from './way-in.ts'

const OPEN_TIMEOUT_MS = 10_000
/** A socket without a rendezvous is closed after this: a client that has what it needs is not to be seen talking. */
const IDLE_MS = 10_000

export interface WebSocketWayInOptions {
  /** HTTP origin of the signaling server. */
  readonly origin: string
  readonly network: NetworkDescriptor
  readonly webRtc: WebRtc
  readonly reachability: Reachability
}

/** Offers by WebSocket with trickled candidates: the quickest way, where it is not blocked. */
export class WebSocketWayIn implements WayIn {
  readonly #options: WebSocketWayInOptions
  #link: Link | undefined

  constructor(options: WebSocketWayInOptions) {
    this.#options = options
  }

  async meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    const link = this.#link ?? this.#open()
    return await link.meet(request, this.#options, signal)
  }

  close(): void {
    this.#link?.close()
  }

  #open(): Link {
    const opening = new AbortController()
    const url = `${this.#options.origin.replace(/^http/, 'ws')}/v1/client`
    const carrier = openWebSocketCarrier(url, {
      WebSocket: nodeWebSocket,
      timeoutMs: OPEN_TIMEOUT_MS,
      signal: opening.signal,
    })
    const link: Link = new Link(carrier, () => {
      opening.abort()
      if (this.#link === link) this.#link = undefined
    })
    this.#link = link
    return link
  }
}

type Answer = Extract<ServerToClient, { type: 'answer' }>

/** One rendezvous under way. */
interface Pending {
  readonly peer: RendezvousPeer
  answered(answer: Answer): void
  refused(refusal: ClientRefusedMessage): void
  failed(error: FootbridgeError): void
}

/** One WebSocket to signaling and the rendezvous on it. Offers are made while it still opens, and wait here. */
class Link {
  readonly #onEnd: () => void
  readonly #pending: Map<number, Pending> = new Map()
  /** What is to be said once it is open: at most a few offers and their candidates. */
  readonly #waiting: ClientToServer[] = []
  #carrier: Carrier | undefined
  #nextOfferId = 1
  #idleTimer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(opening: Promise<Carrier>, onEnd: () => void) {
    this.#onEnd = onEnd
    opening.then(
      (carrier) => this.#opened(carrier),
      (error) => this.#end(error),
    )
  }

  meet(request: MeetingRequest, options: WebSocketWayInOptions, signal: AbortSignal): Promise<Meeting> {
    const offerId = this.#nextOfferId
    this.#nextOfferId += 1
    clearTimeout(this.#idleTimer)
    const giveUp = new AbortController()
    const onAbort = (): void => giveUp.abort()
    signal.addEventListener('abort', onAbort)
    const said: (ClientOfferMessage | CandidateMessage)[] = []
    const say = (message: ClientOfferMessage | CandidateMessage): void => {
      said.push(message)
      this.#send(message)
    }
    const peer = offeringPeer(request, options.network, {
      webRtc: options.webRtc,
      trickle: true,
      signal: signal.aborted ? signal : giveUp.signal,
      onDescription: (sdp) => say(offerFor(request, options.reachability, offerId, sdp)),
      onCandidate: (candidate, sdpMid) =>
        say({ type: 'candidate', offerId, candidate, ...(sdpMid !== undefined && { sdpMid }) }),
    })
    const meeting = new Promise<Meeting>((resolve, reject) => {
      let bridge: { bridgeId: string; egress: string } | undefined
      let hasWorked = false
      this.#pending.set(offerId, {
        peer,
        answered: (answer) => {
          try {
            checkAnswer(answer, request, options.network)
          } catch (error) {
            reject(error)
            giveUp.abort()
            return
          }
          bridge = { bridgeId: answer.bridgeId, egress: answer.egress }
          peer.accept(answer.sdp)
        },
        refused: (message) => {
          const work = hasWorked ? undefined : workOf(message)
          hasWorked = true
          const answered = work ? this.#offerAgain(said, work, giveUp.signal) : Promise.resolve(false)
          answered.then((again) => {
            if (again) return
            this.#pending.delete(offerId)
            resolve(refusalOf(message))
            giveUp.abort()
          }, reject)
        },
        failed: (error) => {
          reject(error)
          giveUp.abort()
        },
      })
      peer.carrier.then(
        (carrier) => {
          this.#pending.delete(offerId)
          if (bridge !== undefined) resolve({ type: 'met', carrier, ...bridge })
          else carrier.close(CloseCode.lost)
        },
        (error: unknown) => {
          if (bridge !== undefined && isNoWay(error)) options.reachability.unreached()
          reject(error)
        },
      )
    })
    return meeting.finally(() => {
      signal.removeEventListener('abort', onAbort)
      // Still pending: given up on this side, and the bridge need not wait for us.
      if (this.#pending.delete(offerId)) this.#cancel(offerId)
      this.#closeWhenIdle()
    })
  }

  close(): void {
    this.#carrier?.close(CloseCode.done)
    this.#end(new FootbridgeError('unavailable', 'the connection to the signaling server was closed'))
  }

  #opened(carrier: Carrier): void {
    if (this.#ended) {
      carrier.close(CloseCode.done)
      return
    }
    this.#carrier = carrier
    carrier.start({
      packet: (bytes) => this.#receive(bytes),
      close: () =>
        this.#end(new FootbridgeError('unavailable', 'the signaling server closed the connection')),
    })
    for (const message of this.#waiting.splice(0)) this.#send(message)
  }

  #receive(bytes: Uint8Array): void {
    let message: ReturnType<typeof parseServerToClient>
    try {
      message = parseServerToClient(bytes)
    } catch {
      // A server that speaks nonsense is as good as none.
      this.close()
      return
    }
    if (message.type !== 'unknown') this.#dispatch(message)
  }

  #dispatch(message: ServerToClient): void {
    const pending = this.#pending.get(message.offerId)
    if (pending === undefined) return
    switch (message.type) {
      case 'answer':
        pending.answered(message)
        return
      case 'candidate':
        pending.peer.addCandidate(message.candidate, message.sdpMid)
        return
      case 'refused':
        pending.refused(message)
        return
    }
  }

  /** Says everything once more, with a proof of work. False if there was none to be had. */
  async #offerAgain(
    said: readonly (ClientOfferMessage | CandidateMessage)[],
    work: WorkDemand,
    signal: AbortSignal,
  ): Promise<boolean> {
    const [offer] = said
    const proof = offer?.type === 'offer' ? await solveWork(work, offer.sdp, signal) : undefined
    if (!proof) return false
    // Candidates may have come meanwhile; the server knew of no offer that they belong to.
    for (const message of said) this.#send(message === offer ? { ...offer, ...proof } : message)
    return true
  }

  #send(message: ClientToServer): void {
    if (this.#carrier === undefined) this.#waiting.push(message)
    else this.#carrier.send(encodeSignalingMessage(message))
  }

  #cancel(offerId: number): void {
    if (this.#carrier !== undefined) {
      this.#send({ type: 'cancel', offerId })
      return
    }
    // Nobody has heard of it yet.
    const others = this.#waiting.filter((message) => message.offerId !== offerId)
    this.#waiting.splice(0, this.#waiting.length, ...others)
  }

  #closeWhenIdle(): void {
    if (this.#ended || this.#pending.size > 0) return
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => this.close(), IDLE_MS)
    this.#idleTimer.unref()
  }

  #end(error: FootbridgeError): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#idleTimer)
    this.#onEnd()
    for (const pending of this.#pending.values()) pending.failed(error)
  }
}
