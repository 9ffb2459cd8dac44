import type { Figure } from './statistics.ts'

/** What the frame gives a benchmark. */
export interface BenchmarkContext {
  /** Times to measure everything; the benchmark's own choice if not given. */
  readonly runs: number | undefined
  /** Fires when the benchmark is to be given up. */
  readonly signal: AbortSignal
  /** Has something closed when the benchmark is over, however it ends; the last one first. */
  atEnd(close: () => Promise<unknown>): void
  /** Tells whoever waits how far it is. */
  say(text: string): void
}

export interface Measurement {
  readonly runs: number
  /** What a reader must know to make sense of the figures. */
  readonly conditions: Readonly<Record<string, string | number>>
  /** The figures' names end in their unit. */
  readonly figures: Readonly<Record<string, Figure>>
  /** The same figures of other systems, measured in the same runs. */
  readonly peers?: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Measures one thing in several runs. It does not judge what it measured. */
export interface Benchmark {
  readonly name: string
  run(context: BenchmarkContext): Promise<Measurement>
}
