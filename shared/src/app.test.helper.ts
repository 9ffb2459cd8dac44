import type { Content } from './content.test.helper.ts'
import type { ErrorCode } from './errors.ts'
import { errorCodeOfReset, type ResetCode, type SessionStream } from './session-stream.ts'
import type { Role } from './simulated-link.test.helper.ts'

/** What an application does with its end of a stream. */
export interface AppPlan {
  readonly sends: Content
  readonly receives: Content
  /** Bytes of each write, and the pause after it. */
  readonly pieceBytes: () => number
  readonly pieceEveryMs: number
  /** It writes nothing before it has read everything. */
  readonly answers: boolean
  /** It stops reading for `ms` whenever it has read another `everyBytes`. */
  readonly readPause: { readonly everyBytes: number; readonly ms: number } | undefined
  /** It gives up when it has read and written so much. */
  readonly reset: { readonly afterBytes: number; readonly code: ResetCode } | undefined
  /** It reads and writes within the stream's calls, as Node streams do; otherwise later, as promises do. */
  readonly actsAtOnce: boolean
}

export interface AppHost {
  readonly role: Role
  /** Calls `fire` after `ms` of this side's being awake. */
  after(ms: number, fire: () => void): void
  /** Calls `act` soon. */
  act(app: App): void
  failed(app: App): void
  log(text: string): void
}

/**
 * An application at one end of a stream. It goes by what the stream tells it, never by looking again: whoever is not told
 * of bytes, room or the end waits for ever.
 */
export class App {
  readonly stream: SessionStream
  failure: ErrorCode | undefined
  resetWith: ResetCode | undefined
  readonly #plan: AppPlan
  readonly #host: AppHost
  #read = 0
  #written = 0
  #ended = false
  #readAll = false
  #pausedUntilRead = 0
  #readPaused = false
  #writePaused = false
  #begun = false
  #opened = false

  constructor(stream: SessionStream, plan: AppPlan, host: AppHost) {
    this.stream = stream
    this.#plan = plan
    this.#host = host
    this.#pausedUntilRead = plan.readPause?.everyBytes ?? Number.POSITIVE_INFINITY
    const act = (): void => {
      if (plan.actsAtOnce) this.act()
      else host.act(this)
    }
    stream.listen({
      readable: act,
      writable: act,
      opened: () => {
        if (this.#opened) throw new Error(`${this.name} opened twice`)
        this.#opened = true
      },
      failed: (code) => {
        this.failure = code
        host.failed(this)
      },
    })
  }

  get name(): string {
    return `stream ${this.stream.id} at the ${this.#host.role}`
  }

  get role(): Role {
    return this.#host.role
  }

  get finished(): boolean {
    return this.#readAll && this.#ended
  }

  get over(): boolean {
    return this.finished || this.failure !== undefined || this.resetWith !== undefined
  }

  get progress(): string {
    const { sends, receives } = this.#plan
    return `${this.name} read ${this.#read} of ${receives.bytes}, wrote ${this.#written} of ${sends.bytes}`
  }

  begin(): void {
    this.#begun = true
    this.act()
  }

  /** Does whatever it can do now. */
  act(): void {
    if (!this.#begun) return
    this.#readMore()
    this.#writeMore()
    this.#giveUp()
  }

  /** Whether the application at the other end is the reason for this one's failure. */
  failedBy(peer: App | undefined): boolean {
    return peer?.resetWith !== undefined && errorCodeOfReset(peer.resetWith) === this.failure
  }

  #readMore(): void {
    while (!this.over && !this.#readPaused && !this.#readAll) {
      const bytes = this.stream.read()
      if (bytes === undefined) return
      if (bytes === null) {
        if (this.#read !== this.#plan.receives.bytes) throw new Error(`ended early: ${this.progress}`)
        this.#readAll = true
        return
      }
      this.#plan.receives.check(this.#read, bytes)
      this.#read += bytes.length
      this.#pauseReading()
    }
  }

  #pauseReading(): void {
    const { readPause } = this.#plan
    if (readPause === undefined || this.#read < this.#pausedUntilRead) return
    this.#pausedUntilRead = this.#read + readPause.everyBytes
    this.#readPaused = true
    this.#host.after(readPause.ms, () => {
      this.#readPaused = false
      this.act()
    })
  }

  #writeMore(): void {
    const { sends, answers, pieceBytes, pieceEveryMs } = this.#plan
    if (this.over || this.#ended || (answers && !this.#readAll)) return
    while (this.#written < sends.bytes && !this.#writePaused && this.stream.writableBytes > 0) {
      const piece = sends.piece(this.#written, pieceBytes())
      this.#written += piece.length
      if (pieceEveryMs > 0) this.#pauseWriting(pieceEveryMs)
      this.stream.write(piece)
    }
    if (this.#written < sends.bytes || this.#ended) return
    this.#ended = true
    this.stream.end()
  }

  #pauseWriting(ms: number): void {
    this.#writePaused = true
    this.#host.after(ms, () => {
      this.#writePaused = false
      this.act()
    })
  }

  #giveUp(): void {
    const { reset } = this.#plan
    if (reset === undefined || this.over || this.#read + this.#written < reset.afterBytes) return
    this.resetWith = reset.code
    this.#host.log(`${this.name} is reset here, code ${reset.code}`)
    this.stream.reset(reset.code)
  }
}
