import { expect, it } from 'vitest'
import type { ClientStatus } from './client.ts'
import { StatusDisplay } from './status-display.ts'
import { describeStatus, formatBytes } from './status-line.ts'
import { TrafficMeter } from './traffic-meter.ts'

const BRIDGE = {
  bridgeId: 'one',
  roundTripMs: 50,
  associations: 1,
  sent: 0,
  received: 0,
  carrier: 'webrtc',
} as const

/** A client whose status a test sets, a clock that it moves, and a terminal of which it sees the screen. */
class Stage extends EventTarget {
  status: ClientStatus = { state: 'connecting', paths: [], streams: 0, trouble: undefined, isOutdated: false }
  written = ''
  readonly columns: number | undefined
  readonly #timers = new Set<() => void>()
  #now = 0
  readonly clock = {
    now: () => this.#now,
    wallNow: () => this.#now,
    after: (_ms: number, fire: () => void) => {
      this.#timers.add(fire)
      return () => void this.#timers.delete(fire)
    },
  }

  constructor(columns?: number) {
    super()
    this.columns = columns
  }

  write(text: string): void {
    this.written += text
  }

  second(): void {
    this.#now += 1_000
    const due = [...this.#timers]
    this.#timers.clear()
    for (const fire of due) fire()
  }

  change(status: Partial<ClientStatus>): void {
    this.status = { ...this.status, ...status }
    this.dispatchEvent(new Event('statechange'))
  }

  /** What somebody in front of the terminal reads: each line as it was overwritten last. */
  get screen(): string[] {
    return this.written
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r') + 1).replace('\u001b[K', ''))
  }
}

it('is one line in a terminal, written over each second, and never too long for it', () => {
  const stage = new Stage(60)
  const display = new StatusDisplay(stage, { out: stage, clock: stage.clock, form: 'live' })
  expect(stage.screen).toEqual(['looking for a volunteer'])
  stage.change({ state: 'connected', paths: [{ ...BRIDGE, sent: 0, received: 0 }] })
  stage.status = { ...stage.status, paths: [{ ...BRIDGE, sent: 2_000, received: 5_000_000 }] }
  stage.second()
  const [line = ''] = stage.screen
  expect(line).toBe(
    'connected through 1 volunteer; down 5.0 MB/s (5.0 MB), up 2.0 kB/s (2.0 kB)'.slice(0, 59),
  )
  display.print('something happened')
  expect(stage.screen).toEqual(['something happened', line])
  display.close()
  expect(stage.screen).toEqual(['something happened', 'stopped', ''])
  stage.second()
  expect(stage.screen.length).toBe(3)
})

it('is a line for each change elsewhere, without anything that moves', () => {
  const stage = new Stage()
  const display = new StatusDisplay(stage, { out: stage, clock: stage.clock, form: 'plain' })
  stage.second()
  stage.change({ state: 'connected', paths: [BRIDGE] })
  stage.change({ paths: [{ ...BRIDGE, sent: 9 }] })
  display.close()
  expect(stage.written).toBe('looking for a volunteer\nconnected through 1 volunteer\nstopped\n')
})

it('is JSON for programs, and nothing but JSON', () => {
  const stage = new Stage()
  const display = new StatusDisplay(stage, { out: stage, clock: stage.clock, form: 'json' })
  display.print('for people')
  stage.change({ state: 'connected', paths: [{ ...BRIDGE, received: 7 }] })
  display.close()
  const lines = stage.written
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ state, received }) => [state, received])).toEqual([
    ['connecting', 0],
    ['connected', 7],
  ])
})

it('adds up what bridges carried that have gone', () => {
  const meter = new TrafficMeter()
  meter.sample([{ ...BRIDGE, sent: 10, received: 100 }], 0)
  meter.sample([{ ...BRIDGE, bridgeId: 'two', sent: 5, received: 50 }], 1_000)
  const traffic = meter.sample([{ ...BRIDGE, bridgeId: 'two', sent: 4, received: 250 }], 3_000)
  expect(traffic).toEqual({ sent: 15, received: 350, sentRate: 0, receivedRate: 100 })
})

it('writes bytes as people read them', () => {
  const bytes = [0, 999, 1_000, 9_949, 9_951, 123_456, 5e6, 2e9, 3e12]
  expect(bytes.map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '10 kB',
    '123 kB',
    '5.0 MB',
    '2.0 GB',
    '3.0 TB',
  ])
})

it.each(['no-bridge', 'version', 'old-network', 'unavailable', 'timeout'] as const)(
  'says %s in a sentence',
  (trouble) => {
    expect(
      describeStatus({ state: 'connecting', paths: [], streams: 0, trouble, isOutdated: false }),
    ).toMatch(/^looking .{20,}$/)
  },
)
