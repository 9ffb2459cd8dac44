import { describe, expect, it } from 'vitest'
import { type Outcome, Scenario } from './scenario.test.helper.ts'

/** `FOOTBRIDGE_SEEDS` runs so many seeds instead of 3,000, `FOOTBRIDGE_SEED` just that one, and prints what happened. */
const SEEDS = Number(environment('FOOTBRIDGE_SEEDS') ?? 3_000)
const ONLY_SEED = environment('FOOTBRIDGE_SEED')
const REPLAY = 'npx vitest run --project unit shared/src/session-simulation.test.ts'
/** Far above what they take on a slow machine. */
const SEEDS_TIMEOUT_MS = 60_000 + SEEDS * 500

function runSeed(seed: number): Outcome {
  const scenario = new Scenario(seed)
  try {
    return scenario.run()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`seed ${seed}: ${message}. To replay it: FOOTBRIDGE_SEED=${seed} ${REPLAY}`, { cause })
  } finally {
    // biome-ignore lint/suspicious/noConsole: whoever replays a seed wants to read it.
    if (ONLY_SEED !== undefined) console.log(scenario.log.join('\n'))
  }
}

function runSeeds(): void {
  const ends: Record<Outcome['session'], number> = { whole: 0, closed: 0, lost: 0 }
  for (let seed = 1; seed <= SEEDS; seed += 1) ends[runSeed(seed).session] += 1
  // A core that gave up too easily would find its reasons.
  expect(ends.lost).toBeLessThanOrEqual(5 + SEEDS * 0.05)
  expect(ends.whole).toBeGreaterThanOrEqual(SEEDS * 0.85 - 5)
}

describe('a session over simulated links', () => {
  if (ONLY_SEED === undefined) {
    it(
      `carries every stream whole, or ends for a reason, in each of ${SEEDS} seeds`,
      runSeeds,
      SEEDS_TIMEOUT_MS,
    )
  } else {
    it(`replays seed ${ONLY_SEED}`, () => void runSeed(Number(ONLY_SEED)))
  }

  it('goes the same way every time with the same seed', () => {
    const logs = [1, 2].map(() => {
      const scenario = new Scenario(4_231)
      scenario.run()
      return scenario.log
    })
    expect(logs[0]?.length).toBeGreaterThan(10)
    expect(logs[0]).toEqual(logs[1])
  })
})

function environment(name: string): string | undefined {
  return (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env[name]
}
