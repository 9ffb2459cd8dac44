import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TimerRequest } from './clock-worker.ts'
import { WorkerClock } from './worker-clock.ts'

/** A worker whose timers the test fires. */
class FakeWorker {
  static made: FakeWorker[] = []
  onmessage: ((event: MessageEvent<number>) => void) | null = null
  onerror: ((event: ErrorEvent) => void) | null = null
  readonly requests: TimerRequest[] = []
  isTerminated = false

  constructor() {
    FakeWorker.made.push(this)
  }

  postMessage(request: TimerRequest): void {
    this.requests.push(request)
  }

  terminate(): void {
    this.isTerminated = true
  }

  say(id: number): void {
    this.onmessage?.({ data: id } as MessageEvent<number>)
  }

  fail(): void {
    this.onerror?.({ preventDefault: () => {} } as ErrorEvent)
  }
}

const fired: string[] = []
const fire = (name: string) => () => void fired.push(name)
const worker = (): FakeWorker => FakeWorker.made.at(-1) as FakeWorker
let clock: WorkerClock

beforeEach(() => {
  vi.useFakeTimers()
  FakeWorker.made = []
  fired.length = 0
  clock = new WorkerClock(() => new FakeWorker())
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a clock with a worker', () => {
  it('has the page’s own timers until the worker runs, and moves them there then', () => {
    clock.after(100, fire('early'))
    clock.after(1_000, fire('late'))
    vi.advanceTimersByTime(400)
    expect(fired).toEqual(['early'])
    expect(worker().requests).toEqual([])
    worker().say(0)
    expect(worker().requests).toEqual([[2, 600]])
    vi.advanceTimersByTime(10_000)
    expect(fired).toEqual(['early'])
    worker().say(2)
    expect(fired).toEqual(['early', 'late'])
  })

  it('fires each timer once, and none that was cancelled', () => {
    clock.after(100, fire('once'))
    const cancel = clock.after(100, fire('never'))
    worker().say(0)
    cancel()
    expect(worker().requests.at(-1)).toEqual([2])
    for (const id of [1, 1, 2, 3]) worker().say(id)
    expect(fired).toEqual(['once'])
  })

  it('ends the worker when nothing waits any more, and not when a timer sets the next', async () => {
    clock.after(100, () => clock.after(100, fire('second')))
    worker().say(0)
    worker().say(1)
    await Promise.resolve()
    expect(worker().isTerminated).toBe(false)
    worker().say(2)
    await Promise.resolve()
    expect(worker().isTerminated).toBe(true)
    // One that was about to run says so too late.
    worker().say(0)
    clock.after(100, fire('third'))
    expect(FakeWorker.made).toHaveLength(2)
    vi.advanceTimersByTime(100)
    expect(fired).toEqual(['second', 'third'])
  })

  it.each([
    ['is refused later', false],
    ['dies', true],
  ])('goes on with the page’s own timers when the worker %s', (_, ran) => {
    clock.after(100, fire('timer'))
    if (ran) worker().say(0)
    worker().fail()
    vi.advanceTimersByTime(100)
    clock.after(100, fire('next'))
    vi.advanceTimersByTime(100)
    expect(fired).toEqual(['timer', 'next'])
    expect(FakeWorker.made).toHaveLength(1)
  })

  it.each([
    ['none', () => undefined],
    [
      'an error',
      () => {
        throw new DOMException('from another origin', 'SecurityError')
      },
    ],
  ])('does without where there is %s in place of one', (_, open) => {
    new WorkerClock(open).after(100, fire('timer'))
    vi.advanceTimersByTime(100)
    expect(fired).toEqual(['timer'])
  })
})
