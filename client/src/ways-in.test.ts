import { FootbridgeError } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import type { Meeting, Met, WayIn } from './way-in.ts'
import { WayMemory } from './way-memory.ts'
import { STAGGER_MS, WaysIn } from './ways-in.ts'

const REFUSAL: Meeting = { type: 'refused', reason: 'no-bridge', retryAfterMs: 1 }
const request = { avoid: [], faulty: [] }

/** A clock whose timers fire when `pass` is called. */
class HandClock {
  #now = 0
  readonly #timers = new Set<{ at: number; fire: () => void }>()
  now = (): number => this.#now
  wallNow = (): number => this.#now
  after = (delayMs: number, fire: () => void): (() => void) => {
    const timer = { at: this.#now + delayMs, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }
  /** Also lets everything settle that needs no time. */
  async pass(ms: number): Promise<void> {
    await settled()
    this.#now += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer)
      timer.fire()
    }
    await settled()
  }
  get pending(): number {
    return this.#timers.size
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A bridge that was met by `name`, and whether it was let go again. */
function met(name: string): Met & { closed: boolean } {
  const meeting = {
    type: 'met' as const,
    bridgeId: name,
    egress: 'one',
    closed: false,
    carrier: {
      close: () => {
        meeting.closed = true
      },
    } as unknown as Met['carrier'],
  }
  return meeting
}

/** Ways that note when they are tried. */
async function waysIn(meets: Readonly<Record<string, WayIn['meet']>>) {
  const tried: string[] = []
  const ways = Object.entries(meets).map(([name, meet]) => ({
    name,
    way: {
      meet: (...args: Parameters<WayIn['meet']>) => {
        tried.push(name)
        return meet(...args)
      },
      close: () => {},
    },
  }))
  const clock = new HandClock()
  const memory = await WayMemory.open()
  return { ways: new WaysIn({ ways, memory, clock }), tried, clock }
}

const answers: WayIn['meet'] = async () => REFUSAL
const fails: WayIn['meet'] = async () => {
  throw new FootbridgeError('unavailable', 'nobody there')
}
const hangs: WayIn['meet'] = (_, signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new FootbridgeError('aborted', 'given up')))
  })
const { signal } = new AbortController()

describe('ways in', () => {
  it('try the next way at once when one fails, and begin with the one that worked', async () => {
    const { ways, tried } = await waysIn({ first: fails, second: answers })
    expect(await ways.meet(request, signal)).toBe(REFUSAL)
    await ways.meet(request, signal)
    expect(tried).toEqual(['first', 'second', 'second'])
  })

  it('start another one beside a way that keeps silent, and give the silent one up once that has answered', async () => {
    const bridge = met('b')
    let givenUp = false
    const silent: WayIn['meet'] = (request, signal) => {
      signal.addEventListener('abort', () => {
        givenUp = true
      })
      return hangs(request, signal)
    }
    const { ways, tried, clock } = await waysIn({ first: silent, second: async () => bridge, third: fails })
    const meeting = ways.meet(request, signal)
    await clock.pass(STAGGER_MS - 1)
    expect(tried).toEqual(['first'])
    await clock.pass(1)
    expect(await meeting).toBe(bridge)
    expect(givenUp).toBe(true)
    expect(tried).toEqual(['first', 'second'])
    expect(clock.pending).toBe(0)
    expect(await ways.meet(request, signal)).toBe(bridge)
    expect(tried).toEqual(['first', 'second', 'second'])
  })

  it('reach the last of six kinds within 8 s, with all others silent', async () => {
    const bridge = met('b')
    const silent = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, hangs]))
    const { ways, clock } = await waysIn({ ...silent, last: async () => bridge })
    const meeting = ways.meet(request, signal)
    for (let passed = 0; passed < 5; passed += 1) await clock.pass(STAGGER_MS)
    expect(await meeting).toBe(bridge)
    expect(clock.now()).toBeLessThanOrEqual(8_000)
  })

  it('close what is met too late', async () => {
    const late = met('late')
    let answerLate: (meeting: Meeting) => void = () => {}
    const slow: WayIn['meet'] = () =>
      new Promise((resolve) => {
        answerLate = resolve
      })
    const { ways, clock } = await waysIn({ slow, quick: async () => met('quick') })
    const meeting = ways.meet(request, signal)
    await clock.pass(STAGGER_MS)
    expect(await meeting).toMatchObject({ bridgeId: 'quick' })
    answerLate(late)
    await settled()
    expect(late.closed).toBe(true)
  })

  it('wait a moment for the other offer of the same race when one is refused: it may have the only place', async () => {
    const bridge = met('b')
    let answer: (meeting: Meeting) => void = () => {}
    const slow: WayIn['meet'] = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const { ways, tried, clock } = await waysIn({ slow, refused: answers, third: answers })
    const meeting = ways.meet(request, signal)
    await clock.pass(STAGGER_MS)
    answer(bridge)
    expect(await meeting).toBe(bridge)
    const refused = ways.meet(request, signal)
    await clock.pass(STAGGER_MS)
    await clock.pass(STAGGER_MS)
    expect(await refused).toBe(REFUSAL)
    expect(tried).not.toContain('third')
  })

  it('do not begin again with ways that failed or were cut off by the deadline', async () => {
    const { ways, tried } = await waysIn({ first: fails, second: hangs, third: answers })
    await expect(ways.meet(request, AbortSignal.timeout(5))).rejects.toMatchObject({ code: 'aborted' })
    expect(await ways.meet(request, AbortSignal.timeout(1_000))).toBe(REFUSAL)
    expect(tried).toEqual(['first', 'second', 'third'])
  })

  it('think no less of a way that was given up because its client ends', async () => {
    const closing = new AbortController()
    let isFirst = true
    const quickOnce: WayIn['meet'] = (request, signal) => {
      if (!isFirst) return hangs(request, signal)
      isFirst = false
      return answers(request, signal)
    }
    const { ways, tried } = await waysIn({ first: fails, second: quickOnce, third: answers })
    await ways.meet(request, signal)
    const meeting = ways.meet(request, closing.signal)
    closing.abort()
    await expect(meeting).rejects.toMatchObject({ code: 'aborted' })
    void ways.meet(request, AbortSignal.timeout(5)).catch(() => {})
    expect(tried).toEqual(['first', 'second', 'second', 'second'])
  })

  it('take different ways for meetings that begin together, until one has worked', async () => {
    const { ways, tried } = await waysIn({ first: hangs, second: answers })
    void ways.meet(request, AbortSignal.timeout(5)).catch(() => {})
    expect(await ways.meet(request, signal)).toBe(REFUSAL)
    await Promise.all([ways.meet(request, signal), ways.meet(request, signal)])
    expect(tried).toEqual(['first', 'second', 'second', 'second'])
  })

  it('reject with the first failure when none works', async () => {
    const { ways } = await waysIn({ first: fails, second: fails })
    await expect(ways.meet(request, signal)).rejects.toThrow('nobody there')
  })

  it('leave it at what is no matter of the way', async () => {
    const bug: WayIn['meet'] = () => Promise.reject(new TypeError('a bug'))
    const { ways, tried } = await waysIn({ first: bug, second: answers })
    await expect(ways.meet(request, signal)).rejects.toThrow('a bug')
    expect(tried).toEqual(['first'])
  })
})
