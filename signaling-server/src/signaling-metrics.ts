import type { Clock } from '@footbridge/shared'
import { Metrics } from '@footbridge/shared/node'
import type { LimitKind, Observations } from './observations.ts'
import type { PeerOrigin } from './peer-origin.ts'
import type { People } from './people.ts'

/** Bridges at the moment. */
export interface Occupancy {
  /** They have nobody to help. */
  readonly waiting: number
  /** They help somebody. */
  readonly busy: number
}

export interface SignalingMetricsOptions {
  readonly people: People
  readonly bridges: () => Occupancy
  readonly sockets: () => number
  readonly clock: Clock
}

/** From what a bridge needs on the same machine to what it may take before the next one is asked, three times over. */
const MATCH_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MS_PER_SECOND = 1_000

/** Counts what happens at signaling, for `/metrics`. */
export class SignalingMetrics implements Observations {
  readonly #metrics = new Metrics()
  readonly #observeMatch = this.#metrics.durations(
    'footbridge_match_duration_seconds',
    "Time from an offer to the bridge's answer",
    MATCH_SECONDS,
  )
  readonly #matches = this.#metrics.counter('footbridge_matches_total', 'Offers that a bridge has answered')
  readonly #refusals = this.#metrics.counter(
    'footbridge_refusals_total',
    'Offers that were refused, by reason and by what NAT the client is behind',
    { labels: ['reason', 'nat'] },
  )
  readonly #sheds = this.#metrics.counter(
    'footbridge_sheds_total',
    'Peers turned away because there was too much to do, by the side that had plenty',
    { labels: ['side'] },
  )
  readonly #limits = this.#metrics.counter(
    'footbridge_limits_total',
    'Times that somebody was turned away at a cap or a deadline',
    { labels: ['kind'] },
  )

  readonly #people: People
  readonly #clock: Clock

  constructor({ people, bridges, sockets, clock }: SignalingMetricsOptions) {
    this.#people = people
    this.#clock = clock
    this.#metrics.gauges('footbridge_bridges', 'Bridges by whether they help somebody', 'state', () => {
      const { waiting, busy } = bridges()
      return { waiting, busy }
    })
    this.#metrics.gauge('footbridge_sockets', 'WebSockets of bridges and clients', sockets)
    this.#metrics.total(
      'footbridge_people_helped_total',
      'People who met a bridge, each once a day',
      () => people.total,
    )
  }

  matched(client: PeerOrigin, durationMs: number): void {
    this.#people.helped(client.address, this.#clock.wallNow())
    this.#matches.inc()
    this.#observeMatch(durationMs / MS_PER_SECOND)
  }

  refused(...[cause, nat]: Parameters<Observations['refused']>): void {
    this.#refusals.inc({ reason: cause, nat: nat ?? 'unknown' })
  }

  shed(side: 'client' | 'bridge'): void {
    this.#sheds.inc({ side })
  }

  limited(kind: LimitKind): void {
    this.#limits.inc({ kind })
  }

  text(): Promise<string> {
    return this.#metrics.text()
  }
}
