import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Whatever counts people is shown rounded up to a multiple of this, so that nobody is seen to come or go. */
export const CROWD = 8

/** The next multiple of `step` from `count` up. */
export function roundUp(count: number, step: number = CROWD): number {
  return Math.ceil(count / step) * step
}

export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE

/** What prom-client tells of the process and no person is seen in. It would count open sockets, too. */
const PROCESS_METRICS =
  /^(process_cpu_|process_resident_|process_start_time_|nodejs_eventloop_lag_|nodejs_heap_)/
/** How often the event loop's lag is sampled. */
const LAG_PRECISION_MS = 20

let processRegistry: Registry | undefined

/**
 * Figures of one server in Prometheus' text format. Labels come from closed sets only: a name, never something that a
 * peer chose. Figures that count people or what they do are rounded up, each on its own.
 */
export class Metrics {
  readonly #registry = new Registry()

  /** Counts events; shown in steps of `step`. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    { labels = [], step = CROWD }: { readonly labels?: readonly Label[]; readonly step?: number } = {},
  ): Counter<Label> {
    const registers = [this.#registry]
    const counter = new RoundedCounter({
      name,
      help: rounded(help, step),
      labelNames: [...labels],
      registers,
    })
    counter.step = step
    return counter
  }

  /** Asks `read`, which never goes down, at each look. */
  total(name: string, help: string, read: () => number, step: number = CROWD): void {
    const counter = new RoundedCounter({
      name,
      help: rounded(help, step),
      registers: [this.#registry],
      collect(): void {
        counter.reset()
        counter.inc(read())
      },
    })
    counter.step = step
  }

  /** Asks `read` at each look. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help: rounded(help, CROWD),
      registers: [this.#registry],
      collect() {
        this.set(roundUp(read()))
      },
    })
  }

  /** The same, for several of which each has a value of `label`. */
  gauges(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name,
      help: rounded(help, CROWD),
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, roundUp(count))
      },
    })
  }

  /** Durations in seconds. Shown in batches: the sum would tell of each one otherwise. */
  durations(name: string, help: string, buckets: readonly number[]): (seconds: number) => void {
    const histogram = new Histogram({
      name,
      help: `${help} (shown in batches of ${CROWD})`,
      buckets: [...buckets],
      registers: [this.#registry],
    })
    const waiting: number[] = []
    return (seconds) => {
      if (waiting.push(seconds) < CROWD) return
      for (const one of waiting.splice(0)) histogram.observe(one)
    }
  }

  /** All of it, with that of the process. */
  async text(): Promise<string> {
    processRegistry ??= registryOfProcess()
    return `${await this.#registry.metrics()}\n${await processRegistry.metrics()}`
  }
}

class RoundedCounter<Label extends string = never> extends Counter<Label> {
  step: number = CROWD

  override async get(): ReturnType<Counter<Label>['get']> {
    const exact = await super.get()
    return { ...exact, values: exact.values.map((one) => ({ ...one, value: roundUp(one.value, this.step) })) }
  }
}

function rounded(help: string, step: number): string {
  return `${help} (rounded up to a multiple of ${step})`
}

/** One for all servers in this process, of which each would measure the same. */
function registryOfProcess(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS })
  for (const { name } of registry.getMetricsAsArray()) {
    if (!PROCESS_METRICS.test(name)) registry.removeSingleMetric(name)
  }
  return registry
}
