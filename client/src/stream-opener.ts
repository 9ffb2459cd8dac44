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
  async open<T>(target: Target, signal: AbortSignal, adapt: (stream: SessionStream) => T): Promise<T> {
    if (this.#closed) throw closed()
    const deadline = { signal, timeoutMs: OPEN_TIMEOUT_MS, task: 'reaching the target' }
    try {
      return await withDeadline(deadline, (signal) => this.#reach(target, signal, adapt))
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

  #reach<T>(target: Target, signal: AbortSignal, adapt: (stream: SessionStream) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let stream: SessionStream | undefined
      const waiting: Waiting = {
        open: (session) => {
          try {
            const opening = session.open(target)
            stream = opening
            opening.listen({
              opened: () => {
                signal.removeEventListener('abort', onAbort)
                resolve(adapt(opening))
              },
              failed: (code) => {
                stream = undefined
                // After a long sleep the egress has forgotten the session. Nothing was sent to the target: the next will do.
                if (code === 'session-lost' && !this.#closed) this.#waiting.add(waiting)
                else reject(new FootbridgeError(code, REASONS[code] ?? 'the target could not be reached'))
              },
            })
          } catch (error) {
            reject(error)
          }
        },
        fail: reject,
      }
      const onAbort = (): void => {
        this.#waiting.delete(waiting)
        stream?.reset(ResetCode.aborted)
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort)
      const session = this.#source.session()
      if (session !== undefined) waiting.open(session)
      else this.#waiting.add(waiting)
    })
  }
}

function closed(): FootbridgeError {
  return new FootbridgeError('closed', 'the client was closed')
}
