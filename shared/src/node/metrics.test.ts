import { expect, test } from 'vitest'
import { Metrics, roundUp } from './metrics.ts'

test('counts are rounded up to the next eight, and none stays none', () => {
  expect([0, 1, 8, 9, 17].map((count) => roundUp(count))).toEqual([0, 8, 8, 16, 24])
})

test('a counter shows steps, for each label on its own', async () => {
  const metrics = new Metrics()
  const counter = metrics.counter('events_total', 'Events', { labels: ['kind'] })
  counter.inc({ kind: 'one' })
  counter.inc({ kind: 'other' }, 9)
  const text = await metrics.text()
  expect(text).toContain('# HELP events_total Events (rounded up to a multiple of 8)\n')
  expect(text).toContain('events_total{kind="one"} 8\n')
  expect(text).toContain('events_total{kind="other"} 16\n')
  counter.inc({ kind: 'one' }, 8)
  expect(await metrics.text()).toContain('events_total{kind="one"} 16\n')
})

test('gauges and totals are asked at each look, and rounded', async () => {
  const metrics = new Metrics()
  let count = 3
  metrics.gauge('guests', 'Guests', () => count)
  metrics.gauges('people', 'People', 'state', () => ({ here: count, gone: 0 }))
  metrics.total('visits_total', 'Visits', () => count)
  expect(await metrics.text()).toContain('guests 8\n')
  expect(await metrics.text()).toContain('people{state="here"} 8\npeople{state="gone"} 0\n')
  expect(await metrics.text()).toContain('visits_total 8\n')
  count = 11
  const text = await metrics.text()
  for (const line of ['guests 16', 'people{state="here"} 16', 'visits_total 16']) {
    expect(text).toContain(`${line}\n`)
  }
})

test('durations show when there are enough of them', async () => {
  const metrics = new Metrics()
  const observe = metrics.durations('wait_seconds', 'Waits', [0.1, 1])
  for (let i = 0; i < 7; i++) observe(0.5)
  expect(await metrics.text()).not.toMatch(/wait_seconds_(sum|count) [1-9]/)
  observe(0.05)
  const text = await metrics.text()
  expect(text).toContain('wait_seconds_bucket{le="0.1"} 1\n')
  expect(text).toContain('wait_seconds_count 8\n')
})

test('of the process only what counts no sockets is told', async () => {
  const text = await new Metrics().text()
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
  expect(text).not.toMatch(/handles|resources|requests|open_fds/)
})
