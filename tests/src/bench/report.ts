import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Measurement } from './benchmark.ts'
import type { Machine } from './machine.ts'
import { plot } from './plot.ts'
import { type Figure, round } from './statistics.ts'

const RESULTS = new URL('../../../bench-results/', import.meta.url)

/** The figures, one a line: a value (the median of the runs, unless the name says otherwise), least and greatest. */
export function table(figures: Readonly<Record<string, Figure>>): string {
  const rows = [['', 'value', 'min', 'max']]
  for (const [name, { value, min, max }] of Object.entries(figures)) {
    rows.push([name, ...[value, min, max].map((number) => String(round(number)))])
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}

/** Writes `bench-results/NAME.json` and `NAME.svg`; returns the folder. */
export async function writeResults(
  name: string,
  machine: Machine,
  measurement: Measurement,
): Promise<string> {
  const { conditions, runs, figures, peers } = measurement
  const result = {
    name,
    date: new Date().toISOString(),
    machine,
    conditions,
    runs,
    figures: mapValues(figures, ({ value }) => round(value)),
    spread: mapValues(figures, ({ min, max }) => ({ min: round(min), max: round(max) })),
    ...(peers !== undefined && { peers }),
  }
  await mkdir(RESULTS, { recursive: true })
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(result, undefined, 2)}\n`)
  await writeFile(new URL(`${name}.svg`, RESULTS), plot(name, figures))
  return fileURLToPath(RESULTS)
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
