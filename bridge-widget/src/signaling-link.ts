import {
  Backoff,
  type BridgeRefusedMessage,
  type BridgeToServer,
  bytesOfMessage,
  encodeSignalingMessage,
  type LoadMessage,
  parseServerToBridge,
  type RegisterMessage,
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
  /** The network speaks another version. The link has stopped. */
  onVersionRefused(): void
}

/** Keeps one WebSocket to a signaling server, on which this bridge is registered, for as long as it runs. */
export class SignalingLink {
  readonly #options: SignalingLinkOptions
  readonly #backoff: Backoff
  #socket: WebSocketLike | undefined
  #registered = false
  #attempts = 0
  #leastWaitMs = 0
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

  /** Ends the link for good. The server forgets the bridge as soon as the socket closes. */
  stop(): void {
    this.#cancelTimer()
    this.#drop()
  }

  #connect(): void {
    const { signaling, platform, register } = this.#options
    const origin = signaling[this.#attempts++ % signaling.length]
    let socket: WebSocketLike
    try {
      socket = new platform.WebSocket(`${origin?.replace(/^http/, 'ws')}/v1/bridge`)
    } catch {
      // Blocked by a content security policy, say.
      this.#retry()
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
        this.#leastWaitMs = 0
        this.#backoff.reset()
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
    if (reason === 'version') {
      this.stop()
      this.#options.onVersionRefused()
    } else {
      this.#leastWaitMs = retryAfterMs
      this.#lose()
    }
  }

  #lose(code?: number): void {
    if (code === SignalingCloseCode.mustUpgrade) {
      this.stop()
      this.#options.onVersionRefused()
      return
    }
    const wasRegistered = this.#registered
    this.#drop()
    this.#retry()
    if (wasRegistered) this.#options.onUnregistered()
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#registered = false
    socket?.close()
  }

  #retry(): void {
    this.#cancelTimer()
    const waitMs = this.#backoff.next(this.#leastWaitMs)
    this.#cancelTimer = this.#options.platform.clock.after(waitMs, () => this.#connect())
  }
}
