import { FootbridgeError } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import type { Meeting, WayIn } from './way-in.ts'
import { WaysIn } from './ways-in.ts'

const REFUSAL: Meeting = { type: 'refused', reason: 'no-bridge', retryAfterMs: 1 }
const request = { avoid: [], faulty: [] }

/** Ways that note when they are tried. */
function waysIn(meets: Readonly<Record<string, WayIn['meet']>>): { ways: WaysIn; tried: string[] } {
  const tried: string[] = []
  const ways = Object.entries(meets).map(([name, meet]) => ({
    meet: (...args: Parameters<WayIn['meet']>) => {
      tried.push(name)
      return meet(...args)
    },
    close: () => {},
  }))
  return { ways: new WaysIn(ways), tried }
}

const answers: WayIn['meet'] = async () => REFUSAL
const fails: WayIn['meet'] = async () => {
  throw new FootbridgeError('unavailable', 'nobody there')
}
const hangs: WayIn['meet'] = (_, signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new FootbridgeError('aborted', 'given up')))
  })

describe('ways in', () => {
  it('try the next way when one fails, and begin with the one that worked', async () => {
    const { ways, tried } = waysIn({ first: fails, second: answers })
    expect(await ways.meet(request, new AbortController().signal)).toBe(REFUSAL)
    await ways.meet(request, new AbortController().signal)
    expect(tried).toEqual(['first', 'second', 'second'])
  })

  it('do not begin again with ways that failed or were cut off by the deadline', async () => {
    const { ways, tried } = waysIn({ first: fails, second: hangs, third: answers })
    await expect(ways.meet(request, AbortSignal.timeout(5))).rejects.toMatchObject({ code: 'aborted' })
    expect(await ways.meet(request, AbortSignal.timeout(1_000))).toBe(REFUSAL)
    expect(tried).toEqual(['first', 'second', 'third'])
  })

  it('take different ways for meetings that begin together, until one has worked', async () => {
    const { ways, tried } = waysIn({ first: hangs, second: answers })
    const { signal } = new AbortController()
    void ways.meet(request, AbortSignal.timeout(5)).catch(() => {})
    expect(await ways.meet(request, signal)).toBe(REFUSAL)
    await Promise.all([ways.meet(request, signal), ways.meet(request, signal)])
    expect(tried).toEqual(['first', 'second', 'second', 'second'])
  })

  it('reject with the first failure when none works', async () => {
    const { ways } = waysIn({ first: fails, second: fails })
    await expect(ways.meet(request, new AbortController().signal)).rejects.toThrow('nobody there')
  })
})
