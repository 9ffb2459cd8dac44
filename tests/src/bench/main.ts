import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { aggregate } from './aggregate.ts'
import type { Benchmark } from './benchmark.ts'
import { bootstrap } from './bootstrap.ts'
import { chaos } from './chaos.ts'
import { cpu } from './cpu.ts'
import { failover } from './failover.ts'
import { latency } from './latency.ts'
import { loss } from './loss.ts'
import { describeMachine, type Machine } from './machine.ts'
import { memory } from './memory.ts'
import { relay } from './relay.ts'
import { table, writeResults } from './report.ts'
import { signaling } from './signaling.ts'
import { widget } from './widget.ts'

const BENCHMARKS: readonly Benchmark[] = [
  relay,
  failover,
  aggregate,
  latency,
  loss,
  bootstrap,
  memory,
  cpu,
  signaling,
  chaos,
  widget,
]

const USAGE = `usage: npm run bench -- [NAME…] [--runs N]
names: ${BENCHMARKS.map(({ name }) => name).join(' ')}
FOOTBRIDGE_IDLE_S: seconds of idleness that widget measures (300)`

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stopping.abort(new Error('the benchmark was stopped')))
}

const { benchmarks, runs } = readCommandLine()
const machine = await describeMachine()
for (const benchmark of benchmarks) {
  try {
    await runBenchmark(benchmark, machine)
  } catch (error) {
    console.error(`${benchmark.name}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
  if (stopping.signal.aborted) break
}

async function runBenchmark({ name, run }: Benchmark, machine: Machine): Promise<void> {
  const closers: (() => Promise<unknown>)[] = []
  const load = Number(loadavg()[0]?.toFixed(2))
  try {
    const measurement = await run({
      runs,
      signal: stopping.signal,
      atEnd: (close) => closers.push(close),
      say: (text) => console.error(`${name}: ${text}`),
    })
    const conditions = { ...measurement.conditions, load_average_before: load }
    const folder = await writeResults(name, machine, { ...measurement, conditions })
    console.log(`${name} (${measurement.runs} runs)\n${table(measurement.figures)}`)
    for (const [condition, value] of Object.entries(conditions)) console.log(`  ${condition}: ${value}`)
    console.log(`  written to ${folder}${name}.json and .svg\n`)
  } finally {
    for (const close of closers.reverse()) await close().catch(() => {})
  }
}

function readCommandLine(): { benchmarks: readonly Benchmark[]; runs: number | undefined } {
  try {
    const { values, positionals } = parseArgs({
      options: { runs: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    if (values.help) {
      console.log(USAGE)
      process.exit()
    }
    if (values.runs !== undefined && !/^[1-9]\d{0,3}$/.test(values.runs)) {
      throw new Error('--runs takes a whole number from 1 to 9999')
    }
    const unknown = positionals.find((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name))
    if (unknown !== undefined) throw new Error(`there is no benchmark named ${unknown}`)
    return {
      benchmarks: BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
      runs: values.runs === undefined ? undefined : Number(values.runs),
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    process.exit(2)
  }
}
