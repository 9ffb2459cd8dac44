import {
  Backoff,
  type BridgeRefusedMessage,
  type BridgeToServer,
  bytesOfMessage,
  encodeSignalingMessage,
  type LoadMessage,
  parseServerToBridge,
  type RegisterMessage,
  type RegisterRefuseReason,
  receiveBinary,
  type ServerToBridge,
  SignalingCloseCode,
  type WebSocketLike,
} from '@footbridge/shared'
import type { Platform } from './platform.ts'

/** From the start of an attempt to `registered`. */
const REGISTRATION_TIMEOUT_MS = 10_000
/** The most silence while registered. What says nothing does not notice that its connection is dead. */
const SILENCE_MS = 60_000
const FIRST_WAIT_MS = 1_000
const MOST_WAIT_MS = 60_000
/** A registration that lasted so long was a good one: the next attempt comes soon. */
const GOOD_MS = 10_000
/** For what only another place, or another version, can mend. */
const SELDOM_MS = 1_800_000

export interface SignalingLinkOptions {
  /** HTTP origins, tried in turn. */
  readonly signaling: readonly string[]
  readonly platform: Platform
  register(): RegisterMessage
  load(): LoadMessage
  onRegistered(): void
  /** The socket is gone; the link tries again by itself. Called after `onRegistered` only. */
  onUnregistered(): void
  onMessage(message: Exclude<ServerToBridge, { type: 'registered' | 'refused' }>): void
  /** Not one signaling server of those that the network has can be reached. Called for each attempt from then on. */
  onUnreachable(): void
  /** The server does not want this bridge. It is asked again, but seldom. */
  onRefused(reason: Exclude<RegisterRefuseReason, 'limit'>): void
}

/** Keeps one WebSocket to a signaling server, on which this bridge is registered, for as long as it runs. */
export class SignalingLink {
  readonly #options: SignalingLinkOptions
  readonly #backoff: Backoff
  #socket: WebSocketLike | undefined
  #registered = false
  #registeredAt = 0
  #attempts = 0
  /** Since somebody answered. */
  #failures = 0
  #leastWaitMs = 0
  #waits = false
  #cancelTimer: () => void = () => {}

  constructor(options: SignalingLinkOptions) {
    this.#options = options
    const { random } = options.platform
    this.#backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random })
    this.#connect()
  }

  /** Dropped while there is no registration: what it would be about is gone with the old one. */
  send(message: BridgeToServer): void {
    if (!this.#registered) return
    this.#socket?.send(encodeSignalingMessage(message))
    this.#limitSilence()
  }

  tellLoad(): void {
    this.send(this.#options.load())
  }

  /** The machine may be in another network now: what is lost shows sooner, and what is waited for is tried at once. */
  hurry(): void {
    if (this.#registered) this.tellLoad()
    else if (this.#waits) {
      this.#cancelTimer()
      this.#connect()
    }
  }

  /** Ends the link for good. The server forgets the bridge as soon as the socket closes. */
  stop(): void {
    this.#cancelTimer()
    this.#drop()
  }

  #connect(): void {
    const { signaling, platform, register } = this.#options
    this.#waits = false
    this.#leastWaitMs = 0
    const origin = signaling[this.#attempts++ % signaling.length]
    let socket: WebSocketLike
    try {
      socket = new platform.WebSocket(`${origin?.replace(/^http/, 'ws')}/v1/bridge`)
    } catch {
      // Blocked by a content security policy, say.
      this.#fail()
      return
    }
    this.#socket = socket
    receiveBinary(socket)
    const isCurrent = (): boolean => this.#socket === socket
    socket.addEventListener('open', () => {
      if (isCurrent()) socket.send(encodeSignalingMessage(register()))
    })
    socket.addEventListener('message', ({ data }) => {
      if (isCurrent()) this.#receive(data)
    })
    socket.addEventListener('close', ({ code }) => {
      if (isCurrent()) this.#lose(code)
    })
    socket.addEventListener('error', () => {})
    this.#cancelTimer = platform.clock.after(REGISTRATION_TIMEOUT_MS, () => this.#lose())
  }

  #receive(data: unknown): void {
    const bytes = bytesOfMessage(data)
    if (bytes === undefined) return
    let message: ReturnType<typeof parseServerToBridge>
    try {
      message = parseServerToBridge(bytes)
    } catch {
      // A server that speaks nonsense is as good as none.
      this.#lose()
      return
    }
    this.#dispatch(message)
  }

  #dispatch(message: ReturnType<typeof parseServerToBridge>): void {
    switch (message.type) {
      case 'registered':
        this.#registered = true
        this.#registeredAt = this.#options.platform.clock.now()
        this.#failures = 0
        this.#limitSilence()
        this.#options.onRegistered()
        break
      case 'refused':
        this.#refused(message)
        break
      case 'unknown':
        break
      default:
        this.#options.onMessage(message)
    }
  }

  #limitSilence(): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#options.platform.clock.after(SILENCE_MS, () => this.tellLoad())
  }

  #refused({ reason, retryAfterMs }: BridgeRefusedMessage): void {
    this.#failures = 0
    this.#leastWaitMs = reason === 'limit' ? retryAfterMs : Math.max(retryAfterMs, SELDOM_MS)
    this.#drop()
    this.#retry()
    if (reason !== 'limit') this.#options.onRefused(reason)
  }

  #lose(code?: number): void {
    const { onUnregistered, platform } = this.#options
    if (code === SignalingCloseCode.mustUpgrade) {
      this.#refused({ type: 'refused', reason: 'version', retryAfterMs: 0 })
    } else if (this.#registered) {
      if (platform.clock.now() - this.#registeredAt >= GOOD_MS) this.#backoff.reset()
      this.#drop()
      this.#retry()
      onUnregistered()
    } else {
      this.#drop()
      this.#fail()
    }
  }

  #fail(): void {
    this.#retry()
    this.#failures += 1
    if (this.#failures >= this.#options.signaling.length) this.#options.onUnreachable()
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#registered = false
    socket?.close()
  }

  #retry(): void {
    this.#cancelTimer()
    this.#waits = true
    const waitMs = this.#backoff.next(this.#leastWaitMs)
    this.#cancelTimer = this.#options.platform.clock.after(waitMs, () => this.#connect())
  }
}
