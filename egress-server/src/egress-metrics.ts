import type { Socket } from 'node:net'
import { isFootbridgeError } from '@footbridge/shared'
import { Metrics } from '@footbridge/shared/node'
import type { Dial } from './splice.ts'
import type { Refusal } from './ticket-gate.ts'

export interface EgressGauges {
  readonly sessions: () => number
  readonly paths: () => number
}

/** A page or a picture does not show by itself. */
const BYTES_STEP = 1_048_576

/** Counts what happens at the egress, for `/metrics`. */
export class EgressMetrics {
  readonly #metrics = new Metrics()
  readonly #streams = this.#metrics.counter(
    'footbridge_egress_streams_total',
    'Streams that reached a target',
  )
  readonly #streamRefusals = this.#metrics.counter(
    'footbridge_egress_stream_refusals_total',
    'Streams whose target was not reached, by reason',
    { labels: ['reason'] },
  )
  readonly #pathRefusals = this.#metrics.counter(
    'footbridge_egress_path_refusals_total',
    'Paths that were not let in, by HTTP status',
    { labels: ['status'] },
  )
  readonly #sockets = new Set<Socket>()
  #closedUpBytes = 0
  #closedDownBytes = 0

  constructor({ sessions, paths }: EgressGauges) {
    const metrics = this.#metrics
    metrics.gauge('footbridge_egress_sessions', 'Sessions of clients', sessions)
    metrics.gauge('footbridge_egress_paths', 'Paths over bridges', paths)
    metrics.gauge(
      'footbridge_egress_streams',
      'Streams between clients and targets',
      () => this.#sockets.size,
    )
    metrics.total(
      'footbridge_egress_up_bytes_total',
      'Bytes sent to targets',
      () => this.#upBytes,
      BYTES_STEP,
    )
    metrics.total(
      'footbridge_egress_down_bytes_total',
      'Bytes received from targets',
      () => this.#downBytes,
      BYTES_STEP,
    )
  }

  /** The same `dial`, what comes of it counted. Costs nothing for each byte: the sockets count themselves. */
  counting(dial: Dial): Dial {
    return async (...request) => {
      try {
        const socket = await dial(...request)
        this.#watch(socket)
        return socket
      } catch (error) {
        this.#streamRefusals.inc({ reason: isFootbridgeError(error) ? error.code : 'unavailable' })
        throw error
      }
    }
  }

  pathRefused({ status }: Refusal): void {
    this.#pathRefusals.inc({ status })
  }

  /** Bytes of datagrams to targets and from them. */
  relayed(up: number, down: number): void {
    this.#closedUpBytes += up
    this.#closedDownBytes += down
  }

  text(): Promise<string> {
    return this.#metrics.text()
  }

  #watch(socket: Socket): void {
    this.#streams.inc()
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#closedUpBytes += socket.bytesWritten
      this.#closedDownBytes += socket.bytesRead
    })
  }

  get #upBytes(): number {
    return [...this.#sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, this.#closedUpBytes)
  }

  get #downBytes(): number {
    return [...this.#sockets].reduce((sum, { bytesRead }) => sum + bytesRead, this.#closedDownBytes)
  }
}
