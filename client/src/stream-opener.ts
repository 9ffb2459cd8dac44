import type { Duplex } from 'node:stream'
import {
  type ClientSession,
  type ErrorCode,
  FootbridgeError,
  isFootbridgeError,
  ResetCode,
  type SessionStream,
  type Target,
  withDeadline,
} from '@footbridge/shared'
import { toDuplex } from '@footbridge/shared/node'

/** Time that a target has to be reached, waiting for a path included. The egress's own deadline is shorter. */
const OPEN_TIMEOUT_MS = 30_000

/** What a person is told when a target cannot be reached. */
const REASONS: Readonly<Partial<Record<ErrorCode, string>>> = {
  refused: 'the target refused the connection',
  unreachable: 'the target cannot be reached from the egress',
  'unknown-host': "the target's name does not resolve",
  'not-allowed': 'the egress does not allow this target',
  timeout: 'the target did not answer in time',
  limit: 'too many connections are open',
  'session-lost': 'no volunteer was left to carry the connection',
  closed: 'the client was closed',
}

/** Where streams can be opened. */
export interface StreamSource {
  /** The one that runs. */
  session(): Pick<ClientSession, 'open'> | undefined
  /** Whether it has a path. */
  connected(): boolean
  /** Time that a target has to be reached. */
  readonly timeoutMs?: number
}

/** Whoever waits for a session. */
interface Waiting {
  open(session: Pick<ClientSession, 'open'>): void
  fail(error: FootbridgeError): void
}

/** Opens streams on the session that runs or else the next one. */
export class StreamOpener {
  readonly #source: StreamSource
  readonly #waiting: Set<Waiting> = new Set()
  #closed = false

  constructor(source: StreamSource) {
    this.#source = source
  }

  /** Opens a stream and gives it over, adapted, once its target is reached. Rejects like `FootbridgeClient.open`. */
  open<T>(target: Target, signal: AbortSignal, adapt: (stream: SessionStream) => T): Promise<T> {
    return this.#inTime<T>(signal, (signal, reached, failed) => {
      this.#begin(target, signal, failed, (stream, again) =>
        stream.listen({
          opened: () => reached(adapt(stream)),
          // After a long sleep the egress has forgotten the session. Nothing was sent to the target: the next will do.
          failed: (code) => (code === 'session-lost' ? again() : failed(dialError(code))),
        }),
      )
    })
  }

  /**
   * Opens a stream and gives it over before its target is reached: what is written to it goes ahead and saves a round trip.
   * Rejects like `open` while there is no session; after that the pipe fails with what `open` would have rejected with,
   * within the same time.
   */
  openAhead(target: Target, signal: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      let pipe: Duplex | undefined
      const opening = this.#inTime<void>(signal, (signal, reached, failed) => {
        this.#begin(target, signal, failed, (stream) => {
          pipe = toDuplex(stream, { opened: reached, explain: dialError })
          pipe.once('close', reached)
          resolve(pipe)
        })
      })
      opening.catch((error) => {
        reject(error)
        pipe?.destroy(error)
      })
    })
  }

  /** Runs `work` until it calls one of its last two arguments, or the time to reach a target is over. */
  async #inTime<T>(
    signal: AbortSignal,
    work: (signal: AbortSignal, reached: (value: T) => void, failed: (error: unknown) => void) => void,
  ): Promise<T> {
    if (this.#closed) throw closed()
    const { timeoutMs = OPEN_TIMEOUT_MS } = this.#source
    try {
      return await withDeadline({ signal, timeoutMs, task: 'reaching the target' }, (signal) => {
        return new Promise<T>((resolve, reject) => work(signal, resolve, reject))
      })
    } catch (error) {
      throw isFootbridgeError(error, 'timeout') && !this.#source.connected()
        ? new FootbridgeError('no-bridge', 'no volunteer could be reached in time; try again in a moment', {
            cause: error,
          })
        : error
    }
  }

  /** A session begins. To be called before its first packet, which takes OPENs along. */
  begin(session: Pick<ClientSession, 'open'>): void {
    for (const waiting of this.#waiting) waiting.open(session)
    this.#waiting.clear()
  }

  /** No session will come any more. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#waiting) waiting.fail(closed())
    this.#waiting.clear()
  }

  /** Opens a stream on the session that runs or else the next one, and hands it to `use`, once more for each `again`. */
  #begin(
    target: Target,
    signal: AbortSignal,
    fail: (error: unknown) => void,
    use: (stream: SessionStream, again: () => void) => void,
  ): void {
    let stream: SessionStream | undefined
    const again = (): void => {
      stream = undefined
      if (this.#closed) fail(closed())
      else this.#waiting.add(waiting)
    }
    const waiting: Waiting = {
      open: (session) => {
        try {
          stream = session.open(target)
          use(stream, again)
        } catch (error) {
          fail(error)
        }
      },
      fail,
    }
    // The signal is that of the deadline and ends with it, at the latest.
    signal.addEventListener('abort', () => {
      this.#waiting.delete(waiting)
      stream?.reset(ResetCode.aborted)
      fail(signal.reason)
    })
    const session = this.#source.session()
    if (session !== undefined) waiting.open(session)
    else this.#waiting.add(waiting)
  }
}

function dialError(code: ErrorCode): FootbridgeError {
  return new FootbridgeError(code, REASONS[code] ?? 'the target could not be reached')
}

function closed(): FootbridgeError {
  return new FootbridgeError('closed', 'the client was closed')
}
