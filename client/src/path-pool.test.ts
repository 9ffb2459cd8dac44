import {
  type AttachedPath,
  type Carrier,
  CloseCode,
  FootbridgeError,
  type PathListener,
} from '@footbridge/shared'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PathPool, type PathPoolOptions } from './path-pool.ts'
import type { Meeting, MeetingRequest, Met } from './way-in.ts'

/** A path that the pool was given, and what the pool did with it. */
class FakePath implements AttachedPath {
  readonly bridgeId: string
  readonly listener: PathListener
  roundTripMs = 50
  closed = false

  constructor(bridgeId: string, listener: PathListener) {
    this.bridgeId = bridgeId
    this.listener = listener
  }

  status(): ReturnType<AttachedPath['status']> {
    return { roundTripMs: this.roundTripMs, sent: 1, received: 2 }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.listener.end(CloseCode.done)
  }
}

/** See path-pool.ts. */
const HEAD_START_MS = 50

/** A pool on a clock that only `pass` moves, with what it asked for. */
class Harness {
  readonly paths: FakePath[] = []
  readonly requests: MeetingRequest[] = []
  readonly troubles: string[] = []
  readonly closed: CloseCode[] = []
  readonly timers: { at: number; fire: () => void }[] = []
  now = 0
  readonly pool: PathPool

  constructor(options: Partial<PathPoolOptions> = {}) {
    this.pool = new PathPool({
      size: 1,
      associations: 4,
      random: () => 1,
      clock: {
        now: () => this.now,
        wallNow: () => this.now,
        after: (delayMs, fire) => {
          const timer = { at: this.now + delayMs, fire }
          this.timers.push(timer)
          return () => void (this.timers.includes(timer) && this.timers.splice(this.timers.indexOf(timer), 1))
        },
      },
      meet: async (request) => {
        this.requests.push(request)
        return this.met(request.bridge ?? `bridge ${this.requests.length}`)
      },
      egress: () => undefined,
      attach: ({ bridgeId }, listener) => {
        const path = new FakePath(bridgeId, listener)
        this.paths.push(path)
        return path
      },
      onChange: () => {},
      onTrouble: (trouble) => void this.troubles.push(trouble),
      ...options,
    })
    onTestFinished(() => this.pool.stop())
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

  /** What the pool waits for next comes; how long that took. */
  async pass(): Promise<number> {
    const timer = this.timers.toSorted((a, b) => a.at - b.at)[0]
    if (timer === undefined) throw new Error('the pool does not wait')
    this.timers.splice(this.timers.indexOf(timer), 1)
    const delayMs = timer.at - this.now
    this.now = timer.at
    timer.fire()
    await turn()
    return delayMs
  }

  /** One path after the other comes and works. */
  async untilWorking(count: number): Promise<void> {
    await turn()
    for (let index = 0; index < count; index += 1) {
      this.path(index).listener.working?.()
      await this.passUntil(this.now + HEAD_START_MS)
      await turn()
    }
  }

  async passUntil(now: number): Promise<void> {
    while (this.timers.some(({ at }) => at <= now)) await this.pass()
    this.now = now
  }

  get avoided(): (readonly string[])[] {
    return this.requests.map(({ avoid }) => avoid)
  }

  /** Bridges of the paths that are open, in the order in which they came. */
  get open(): string[] {
    return this.paths.filter(({ closed }) => !closed).map(({ bridgeId }) => bridgeId)
  }

  /** The listener of the `index`th path. */
  path(index: number): FakePath {
    const path = this.paths[index]
    if (path === undefined) throw new Error('there is no such path')
    return path
  }
}

/** Everything that was begun goes on as far as it can. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function turns(count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) await turn()
}

describe('a path pool', () => {
  it('waits ever longer while paths end before they work, as with an egress that is full', async () => {
    const pool: Harness = new Harness({
      attach: (_, listener) => {
        // A pool that does not wait would never come to an end.
        if (pool.avoided.length < 100) listener.end(CloseCode.limit)
        return new FakePath('full', listener)
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
    pool.path(0).listener.end(CloseCode.lost)
    expect(await pool.pass()).toBe(500)
    pool.path(1).listener.working?.()
    pool.path(1).listener.end(CloseCode.lost)
    await turn()
    pool.path(2).listener.end(CloseCode.lost)
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
    pool.path(0).listener.end(CloseCode.faulty)
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
      expect(pool.timers.map(({ at }) => at)).toContain(waitMs)
    },
  )

  it('tells signaling of bridges that were faulty or silent, once, with its next offer', async () => {
    const pool = new Harness({ size: 2 })
    await pool.untilWorking(2)
    pool.now = 1_000
    pool.path(0).listener.end(CloseCode.faulty)
    await turn()
    pool.path(1).listener.end(CloseCode.timeout)
    await turn()
    expect(pool.requests.map(({ faulty }) => faulty)).toEqual([[], [], ['bridge 1'], ['bridge 2']])
    expect(pool.avoided.at(-1)).toEqual(['bridge 3', 'bridge 1', 'bridge 2'])
  })

  it('denounces no bridge when all are silent at once: that may be its own line', async () => {
    const pool = new Harness()
    await turn()
    pool.path(0).listener.working?.()
    pool.path(0).listener.end(CloseCode.timeout)
    await turn()
    expect(pool.requests.map(({ avoid, faulty }) => [avoid, faulty])).toEqual([
      [[], []],
      [['bridge 1'], []],
    ])
  })

  it('takes a bridge that it had given up when there is nobody else', async () => {
    const outcomes: Meeting[] = []
    const pool: Harness = new Harness({
      meet: async (request) => {
        await Promise.resolve()
        pool.requests.push(request)
        return outcomes.shift() ?? pool.met('only')
      },
    })
    await turn()
    outcomes.push({ type: 'refused', reason: 'no-bridge', retryAfterMs: 0 })
    pool.path(0).listener.working?.()
    pool.path(0).listener.end(CloseCode.timeout)
    await turn()
    await pool.pass()
    expect(pool.avoided).toEqual([[], ['only'], []])
  })

  it('keeps its reports for the next offer when signaling could not be reached', async () => {
    const outcomes: (() => Promise<Meeting>)[] = []
    const pool: Harness = new Harness({
      meet: async (request) => {
        await Promise.resolve()
        pool.requests.push(request)
        return outcomes.shift()?.() ?? Promise.resolve(pool.met('another'))
      },
    })
    await turn()
    outcomes.push(() => Promise.reject(new FootbridgeError('unavailable', 'blocked')))
    pool.path(0).listener.working?.()
    pool.path(0).listener.end(CloseCode.faulty)
    await turn()
    await pool.pass()
    expect(pool.requests.map(({ faulty }) => faulty)).toEqual([[], ['another'], ['another']])
  })

  describe('whose paths lose packets', () => {
    it('opens more of them over the same bridge, one at a time, and closes them when that is over', async () => {
      const pool = new Harness()
      await turn()
      pool.path(0).listener.working?.()
      pool.path(0).listener.stalled?.()
      await turn()
      pool.path(1).listener.stalled?.()
      await turn()
      expect(pool.open).toEqual(Array(4).fill('bridge 1'))
      expect(pool.requests.slice(1).map(({ bridge, avoid }) => [bridge, avoid])).toEqual(
        Array(3).fill(['bridge 1', []]),
      )
      expect(pool.pool.status).toMatchObject([{ bridgeId: 'bridge 1', associations: 4 }])
      await pool.passUntil(30_000)
      expect(pool.open).toEqual(Array(2).fill('bridge 1'))
      await pool.passUntil(60_000)
      expect(pool.open).toEqual(['bridge 1'])
      expect(pool.requests).toHaveLength(4)
    })

    it('asks a bridge that takes no more not again for a while', async () => {
      const pool: Harness = new Harness({
        meet: async (request) => {
          await Promise.resolve()
          pool.requests.push(request)
          if (request.bridge === undefined) return pool.met('bridge 1')
          return { type: 'refused', reason: 'no-bridge', retryAfterMs: 1_000 }
        },
      })
      await turn()
      pool.path(0).listener.stalled?.()
      await turn()
      pool.now = 29_000
      pool.path(0).listener.stalled?.()
      await turn()
      expect(pool.requests).toHaveLength(2)
      pool.now = 30_000
      pool.path(0).listener.stalled?.()
      await turn()
      expect(pool.requests).toHaveLength(3)
      expect(pool.troubles).toEqual([])
    })

    it('does not ask again at once for paths that come to nothing after all', async () => {
      const pool: Harness = new Harness({
        attach: (meeting, listener) => {
          const path = new FakePath(meeting.bridgeId, listener)
          if (pool.paths.push(path) > 1) listener.end(CloseCode.limit)
          return path
        },
      })
      await turn()
      pool.path(0).listener.working?.()
      pool.path(0).listener.stalled?.()
      await turn()
      expect(pool.requests).toHaveLength(2)
    })

    it('looks for another bridge at once when all are gone, whatever it was waiting for', async () => {
      const pool: Harness = new Harness({
        meet: async (request) => {
          await Promise.resolve()
          pool.requests.push(request)
          return request.bridge === undefined
            ? pool.met(`bridge ${pool.requests.length}`)
            : new Promise(() => {})
        },
        size: 2,
      })
      await pool.untilWorking(2)
      for (const index of [0, 1]) pool.path(index).listener.stalled?.()
      await turn()
      expect(pool.requests).toHaveLength(4)
      for (const index of [0, 1]) pool.path(index).listener.end(CloseCode.lost)
      await turn()
      expect(pool.open).toContain('bridge 5')
    })

    it('closes silent paths first when fewer will do', async () => {
      const pool = new Harness()
      await turn()
      pool.path(0).listener.stalled?.()
      await turn()
      pool.path(0).listener.suspect?.(true)
      await pool.passUntil(30_000)
      expect(pool.paths.map(({ closed }) => closed)).toEqual([true, false])
    })

    it('seeks no other bridge while one path over a bridge still answers', async () => {
      const pool = new Harness()
      await turn()
      pool.path(0).listener.stalled?.()
      await turn()
      pool.path(0).listener.suspect?.(true)
      pool.path(0).listener.end(CloseCode.timeout)
      await turn()
      expect(pool.requests.filter(({ bridge }) => bridge === undefined)).toHaveLength(1)
      expect(pool.requests.at(-1)?.faulty).toEqual([])
    })
  })

  it('seeks a second bridge a moment after the first one works, or later if it does not', async () => {
    const pool = new Harness({ size: 2 })
    await turn()
    expect(pool.requests).toHaveLength(1)
    pool.path(0).listener.working?.()
    expect(pool.requests).toHaveLength(1)
    expect(await pool.pass()).toBe(HEAD_START_MS)
    expect(pool.requests).toHaveLength(2)
    let asked = 0
    const slow = new Harness({
      size: 3,
      meet: () => {
        asked += 1
        return new Promise(() => {})
      },
    })
    await slow.passUntil(249)
    expect(asked).toBe(1)
    await slow.passUntil(250)
    expect(asked).toBe(2)
  })

  it('leaves no timer behind when it is stopped, whatever it hears then', async () => {
    const pool = new Harness()
    await turn()
    pool.pool.stop()
    pool.path(0).listener.working?.()
    pool.path(0).listener.stalled?.()
    expect(pool.timers).toEqual([])
  })

  it('lets the worst bridge go when a silent one that was replaced comes back', async () => {
    const pool = new Harness()
    await turn()
    await pool.untilWorking(1)
    pool.path(0).listener.suspect?.(true)
    await turn()
    pool.path(1).listener.working?.()
    pool.path(0).roundTripMs = 200
    pool.path(0).listener.suspect?.(false)
    expect(pool.open).toEqual(['bridge 1', 'bridge 2'])
    await pool.pass()
    expect(pool.open).toEqual(['bridge 2'])
    expect(pool.requests).toHaveLength(2)
  })

  it('tries another bridge now and then while one is much slower than the best, and keeps the better', async () => {
    const pool = new Harness({ size: 2 })
    await pool.untilWorking(2)
    await pool.passUntil(149_000)
    expect(pool.requests).toHaveLength(2)
    pool.path(0).roundTripMs = 400
    await pool.passUntil(300_000)
    expect(pool.open).toEqual(['bridge 1', 'bridge 2', 'bridge 3'])
    pool.path(2).listener.working?.()
    await pool.passUntil(306_000)
    expect(pool.open).toEqual(['bridge 2', 'bridge 3'])
    await pool.passUntil(3_600_000)
    expect(pool.requests).toHaveLength(3)
  })

  it('meets standing bridges when a meeting fails, and leaves them once a volunteer works', async () => {
    const standing = ['https://one.example', 'https://two.example', 'https://three.example']
    let blocked = true
    const pool: Harness = new Harness({
      random: () => 0.9,
      standing: () => standing,
      meet: async (request) => {
        await turn()
        pool.requests.push(request)
        if (blocked && request.standing === undefined) throw new FootbridgeError('timeout', 'no way to it')
        return pool.met(`bridge ${pool.requests.length}`)
      },
    })
    await turns(3)
    expect(pool.requests.map(({ standing }) => standing)).toEqual([undefined, standing[2], standing[1]])
    expect(pool.open).toEqual(['bridge 2', 'bridge 3'])
    expect(pool.pool.status.map(({ carrier }) => carrier)).toEqual(['websocket', 'websocket'])
    blocked = false
    await pool.passUntil(500)
    await turns(2)
    expect(pool.pool.status.map(({ carrier }) => carrier)).toContain('webrtc')
    pool.path(2).listener.working?.()
    await pool.passUntil(pool.now + 5_000)
    expect(pool.pool.status.map(({ carrier }) => carrier)).toEqual(['webrtc'])
  })

  it('meets another standing bridge when one dies, and does not denounce it', async () => {
    const pool: Harness = new Harness({
      random: () => 0.9,
      standing: () => ['https://one.example', 'https://two.example', 'https://three.example'],
      meet: async (request) => {
        await turn()
        pool.requests.push(request)
        if (request.standing === undefined) return { type: 'refused', reason: 'no-bridge', retryAfterMs: 0 }
        return pool.met('')
      },
    })
    await turns(3)
    pool.path(0).listener.working?.()
    pool.path(0).listener.end(CloseCode.faulty)
    await pool.passUntil(1_000)
    await turns(2)
    const asked = pool.requests.flatMap(({ standing }) => standing ?? [])
    expect(asked).toHaveLength(3)
    expect(new Set(asked).size).toBe(3)
    expect(pool.requests.flatMap(({ faulty }) => faulty)).toEqual([])
  })

  it('spares volunteers to whom no way leads, while standing bridges serve', async () => {
    const pool: Harness = new Harness({
      random: () => 0.9,
      standing: () => ['https://one.example'],
      meet: async (request) => {
        await turn()
        pool.requests.push(request)
        if (request.standing === undefined) throw new FootbridgeError('timeout', 'no way to it')
        return pool.met('')
      },
    })
    await turns(3)
    pool.path(0).listener.working?.()
    const tries = (): number => pool.requests.filter(({ standing }) => standing === undefined).length
    for (let each = 0; each < 40; each += 1) {
      await pool.pass()
      await turns(2)
    }
    const [before, startedAt] = [tries(), pool.now]
    for (let each = 0; each < 20; each += 1) {
      await pool.pass()
      await turns(2)
    }
    expect(tries()).toBeGreaterThan(before)
    expect((pool.now - startedAt) / (tries() - before)).toBeGreaterThan(100_000)
  })
})
