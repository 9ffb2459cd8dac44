import { connect as connectTcp, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net'
import { FootbridgeError } from '@footbridge/shared'
import { errorCodeOfSocket } from './socket-error.ts'

/** Head start of each attempt over the next (RFC 8305, section 5: "Connection Attempt Delay"). */
const ATTEMPT_DELAY_MS = 250
/** Silence after which the kernel asks whether the target is still there. */
const KEEP_ALIVE_MS = 60_000

/** Starts one TCP connection, as `net.connect` does. */
export type Connect = (options: TcpNetConnectOpts) => Socket

export interface ConnectFirstOptions {
  readonly signal: AbortSignal
  readonly onread?: OnReadOpts
  readonly connect?: Connect
}

/**
 * Connects to whichever of `addresses` answers first, each getting a head start over the next (RFC 8305). It comes
 * paused; the losers are destroyed. Rejects with a `FootbridgeError` for the most telling failure once all failed, or with the signal's
 * reason. Node's own `autoSelectFamily` abandons an attempt when it starts the next, so a slow address never wins.
 */
export function connectFirst(
  addresses: readonly string[],
  port: number,
  { signal, onread, connect = connectTcp }: ConnectFirstOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const waiting = [...addresses]
    const attempts = new Set<Socket>()
    let failure: FootbridgeError | undefined
    let timer: NodeJS.Timeout | undefined

    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      for (const attempt of attempts) attempt.destroy()
    }
    const onAbort = () => {
      finish()
      reject(signal.reason)
    }
    const startNext = () => {
      clearTimeout(timer)
      const host = waiting.shift()
      if (host !== undefined) start(host)
      else if (attempts.size === 0) {
        finish()
        reject(failure ?? new FootbridgeError('unknown-host', 'there is no address to connect to'))
      }
    }
    const start = (host: string) => {
      const socket = connect({
        host,
        port,
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
        ...(onread && { onread }),
      })
      // Before it can read a byte that nobody waits for yet.
      socket.pause()
      attempts.add(socket)
      const onError = (error: NodeJS.ErrnoException) => {
        attempts.delete(socket)
        failure = moreTelling(failure, error)
        startNext()
      }
      socket.once('error', onError)
      socket.once('connect', () => {
        socket.off('error', onError)
        attempts.delete(socket)
        finish()
        resolve(socket)
      })
      timer = setTimeout(startNext, ATTEMPT_DELAY_MS)
    }

    signal.addEventListener('abort', onAbort)
    startNext()
  })
}

/** The first failure stands, unless it says no more than that a family of addresses has no route. */
function moreTelling(known: FootbridgeError | undefined, error: NodeJS.ErrnoException): FootbridgeError {
  if (known !== undefined && known.code !== 'unreachable') return known
  // No `cause`: its text names the address.
  return new FootbridgeError(errorCodeOfSocket(error), `failed to connect to the target (${error.code})`)
}
