import { type Clock, CloseCode, encodeBase64Url, MAX_PAGE_OUTCOMES, PATH_PROVEN_MS } from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { PathOutcomes } from './path-outcomes.ts'

const START = 1_000
const AFTERMATH_MS = 15_000

let now: number
let timers: { readonly at: number; readonly fire: () => void }[]
const clock: Clock = {
  now: () => now,
  wallNow: () => now,
  after: (delayMs, fire) => {
    const timer = { at: now + delayMs, fire }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  },
}

function advance(ms: number): void {
  now += ms
  for (const timer of timers.filter(({ at }) => at <= now)) {
    timers = timers.filter((other) => other !== timer)
    timer.fire()
  }
}

const idOf = (mark: number): Uint8Array => new Uint8Array(16).fill(mark)
const nameOf = (mark: number): string => encodeBase64Url(idOf(mark))

describe('the outcomes of paths', () => {
  let outcomes: PathOutcomes
  let isOutlived: boolean
  const watch = (mark: number, bytes = 7): ((code: CloseCode) => void) =>
    outcomes.watch(idOf(mark), { bytes: () => bytes, isOutlived: () => isOutlived })

  beforeEach(() => {
    now = START
    timers = []
    isOutlived = true
    outcomes = new PathOutcomes(clock, 4)
  })

  it('tell of a path that lives, once, however it ends', () => {
    const end = watch(1)
    advance(PATH_PROVEN_MS - 1)
    expect(outcomes.page().outcomes).toEqual([])
    advance(1)
    end(CloseCode.lost)
    advance(AFTERMATH_MS)
    expect(outcomes.page().outcomes).toEqual([{ ticket: nameOf(1), type: 'lived', bytes: 7 }])
  })

  it('tell at once of one that ends in good order', () => {
    for (const code of [CloseCode.done, CloseCode.leaving]) watch(code % 256)(code)
    expect(outcomes.page().outcomes.map(({ type }) => type)).toEqual(['ended', 'ended'])
  })

  it('tell of one that broke off only if its session goes on without it', () => {
    watch(1)(CloseCode.peerLost)
    advance(AFTERMATH_MS - 1)
    expect(outcomes.page().outcomes).toEqual([])
    advance(1)
    isOutlived = false
    watch(2)(CloseCode.timeout)
    advance(AFTERMATH_MS)
    expect(outcomes.page().outcomes).toEqual([
      { ticket: nameOf(1), type: 'broke', bytes: 7 },
      { ticket: nameOf(2), type: 'ended', bytes: 7 },
    ])
  })

  it('are read on from where the reader was', () => {
    watch(1)(CloseCode.done)
    const { next } = outcomes.page()
    expect(outcomes.page(next)).toEqual({ next, missed: false, outcomes: [] })
    watch(2)(CloseCode.done)
    expect(outcomes.page(next)).toMatchObject({ next: next + 1, outcomes: [{ ticket: nameOf(2) }] })
  })

  it('are forgotten, the oldest first, and the reader is told', () => {
    watch(0)(CloseCode.done)
    const { next } = outcomes.page()
    for (const mark of [1, 2, 3, 4]) watch(mark)(CloseCode.done)
    expect(outcomes.page(next)).toMatchObject({ missed: false, outcomes: { length: 4 } })
    watch(5)(CloseCode.done)
    const late = outcomes.page(next)
    expect(late).toMatchObject({ missed: true, outcomes: { length: 4 } })
    expect(late.outcomes[0]).toMatchObject({ ticket: nameOf(2) })
    expect(outcomes.page(late.next)).toMatchObject({ missed: false, outcomes: [] })
  })

  it('say so when the reader knows numbers from before a restart, be the clock set forward or back', () => {
    watch(1)(CloseCode.done)
    const { next } = outcomes.page()
    for (const restartedAt of [next + 1_000, next - 500]) {
      now = restartedAt
      outcomes = new PathOutcomes(clock)
      watch(2)(CloseCode.done)
      const page = outcomes.page(next)
      expect(page).toMatchObject({ missed: true, outcomes: [{ ticket: nameOf(2) }] })
      expect(outcomes.page(page.next)).toMatchObject({ missed: false, outcomes: [] })
    }
  })

  it('come in pages', () => {
    outcomes = new PathOutcomes(clock)
    for (let mark = 0; mark <= MAX_PAGE_OUTCOMES; mark++) watch(mark % 256)(CloseCode.done)
    const first = outcomes.page()
    expect(first.outcomes).toHaveLength(MAX_PAGE_OUTCOMES)
    expect(outcomes.page(first.next).outcomes).toHaveLength(1)
  })

  it('wait for nothing once closed', () => {
    watch(1)
    watch(2)(CloseCode.lost)
    outcomes.close()
    expect(timers).toEqual([])
  })
})
