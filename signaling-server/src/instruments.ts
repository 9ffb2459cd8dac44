import type { Clock, Primitives } from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { RequestHandler } from 'express'
import { metricsEndpoint } from './metrics-endpoint.ts'
import type { Observations } from './observations.ts'
import { People } from './people.ts'
import { type Occupancy, SignalingMetrics } from './signaling-metrics.ts'
import { loadProbeToken, openStatusStore } from './state.ts'
import { statusEndpoint } from './status-endpoint.ts'
import { StatusRecorder } from './status-recorder.ts'

export interface InstrumentsOptions {
  /** Where the status of the past weeks is kept, and what probes prove themselves with. */
  readonly stateDirectory: string
  /** Without one, only this machine reads the metrics. */
  readonly metricsToken: string | undefined
  /** Asked for later on only, when there is something to look at. */
  readonly bridges: () => Occupancy
  readonly sockets: () => number
  readonly primitives: Primitives
  readonly clock: Clock
  readonly log: Log
}

/** Whatever counts and shows how the network does. */
export interface Instruments {
  /** What is to be told of what happens. */
  readonly observations: Observations
  /** By path, or the path they are below. */
  readonly endpoints: Readonly<Record<string, RequestHandler>>
  /** Stops recording. Idempotent. */
  close(): void
}

/** Throws `usage` for state that cannot be used, or a token that is too short. */
export async function openInstruments(options: InstrumentsOptions): Promise<Instruments> {
  const { stateDirectory, bridges, sockets, primitives, clock, log } = options
  const people = new People()
  const metrics = new SignalingMetrics({ people, bridges, sockets, clock })
  const metricsRoute = metricsEndpoint(() => metrics.text(), options.metricsToken)
  const probeToken = await loadProbeToken(stateDirectory, primitives)
  const recorder = new StatusRecorder({
    store: openStatusStore(stateDirectory),
    bridges: () => bridges().waiting + bridges().busy,
    people: () => people.total,
    clock,
    log,
  })
  return {
    observations: metrics,
    endpoints: { '/metrics': metricsRoute, '/': statusEndpoint(recorder, probeToken) },
    close: () => recorder.close(),
  }
}
