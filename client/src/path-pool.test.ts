import { type Carrier, CloseCode, FootbridgeError, type PathListener } from '@footbridge/shared'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PathPool, type PathPoolOptions } from './path-pool.ts'
import type { Meeting, Met } from './way-in.ts'

/** A pool on a clock that stands still, with what it asked for. */
class Harness {
  readonly listeners: PathListener[] = []
  readonly avoided: (readonly string[])[] = []
  readonly troubles: string[] = []
  readonly closed: CloseCode[] = []
  readonly timers: { delayMs: number; fire: () => void }[] = []
  readonly #pool: PathPool

  constructor(options: Partial<PathPoolOptions> = {}) {
    this.#pool = new PathPool({
      size: 1,
      random: () => 1,
      clock: {
        now: () => 0,
        wallNow: () => 0,
        after: (delayMs, fire) => {
          const timer = { delayMs, fire }
          this.timers.push(timer)
          return () => void this.timers.splice(this.timers.indexOf(timer), 1)
        },
      },
      meet: async ({ avoid }) => {
        this.avoided.push(avoid)
        return this.met(`bridge ${this.avoided.length}`)
      },
      egress: () => undefined,
      attach: (_, listener) => void this.listeners.push(listener),
      onTrouble: (trouble) => void this.troubles.push(trouble),
      ...options,
    })
    onTestFinished(() => this.#pool.stop())
  }

  met(bridgeId: string): Met {
    const carrier: Carrier = {
      bufferedAmount: 0,
      start: () => {},
      send: () => {},
      close: (code) => void this.closed.push(code),
    }
    return { type: 'met', carrier, bridgeId, egress: 'one' }
  }

  /** The wait that the pool is in comes to its end. */
  async pass(): Promise<number> {
    const timer = this.timers.shift()
    if (timer === undefined) throw new Error('the pool does not wait')
    timer.fire()
    await turn()
    return timer.delayMs
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a path pool', () => {
  it('waits ever longer while paths end before they work, as with an egress that is full', async () => {
    const pool: Harness = new Harness({
      attach: (_, listener) => {
        // A pool that does not wait would never come to an end.
        if (pool.avoided.length < 100) listener.end(CloseCode.limit)
      },
    })
    await turn()
    const waits = [await pool.pass(), await pool.pass(), await pool.pass(), await pool.pass()]
    expect(waits).toEqual([500, 1_000, 2_000, 3_000])
    expect(pool.avoided).toHaveLength(5)
    expect(pool.troubles[0]).toBe('limit')
  })

  it('replaces a path that has worked at once, and begins again with short waits', async () => {
    const pool = new Harness()
    await turn()
    pool.listeners[0]?.end(CloseCode.lost)
    expect(await pool.pass()).toBe(500)
    pool.listeners[1]?.working?.()
    pool.listeners[1]?.end(CloseCode.lost)
    await turn()
    pool.listeners[2]?.end(CloseCode.lost)
    expect(await pool.pass()).toBe(500)
  })

  it('takes an attach that throws for a failed meeting', async () => {
    const pool = new Harness({
      attach: () => {
        throw new FootbridgeError('no-bridge', 'it leads elsewhere')
      },
    })
    await turn()
    expect(pool.closed).toEqual([CloseCode.done])
    expect(pool.troubles).toEqual(['no-bridge'])
    await pool.pass()
    // The bridge itself did nothing wrong.
    expect(pool.avoided).toEqual([[], []])
  })

  it('meets a bridge that broke the protocol no more', async () => {
    const pool = new Harness()
    await turn()
    pool.listeners[0]?.end(CloseCode.faulty)
    await pool.pass()
    expect(pool.avoided).toEqual([[], ['bridge 1']])
  })

  it.each([
    ['no-bridge', 3_500],
    ['version', 3_600_500],
  ] as const)(
    'without a path, after %s waits %i ms of the hour that the server says',
    async (reason, waitMs) => {
      const refusal: Meeting = { type: 'refused', reason, retryAfterMs: 3_600_000 }
      const pool = new Harness({ meet: async () => refusal })
      await turn()
      expect(pool.timers.map(({ delayMs }) => delayMs)).toEqual([waitMs])
    },
  )
})
