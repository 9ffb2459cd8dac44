import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLog } from '@footbridge/shared/node'
import { expect, test } from 'vitest'
import { probeEachMinute, sendReport, untilNextProbe } from './probe-loop.ts'

const MINUTE = Date.UTC(2026, 10, 24, 12, 30)

test('the next probe is early in the next minute, whenever the last one was done', () => {
  expect(MINUTE + untilNextProbe(MINUTE)).toBe(MINUTE + 5_000)
  expect(MINUTE + 5_000 + untilNextProbe(MINUTE + 5_000)).toBe(MINUTE + 65_000)
  expect(MINUTE + 31_000 + untilNextProbe(MINUTE + 31_000)).toBe(MINUTE + 65_000)
})

test('a report that fails ends nothing, and neither it nor the log names a server', async () => {
  const stopping = new AbortController()
  let logged = ''
  const write = (line: string): void => {
    logged += line
    if (line.includes('failed to report')) stopping.abort()
  }
  const probing = probeEachMinute({
    probe: async () => ({ outcome: 'no-bridge' }),
    report: (report) =>
      sendReport(report, { origin: 'http://127.0.0.1:9', token: 'the-token', signal: stopping.signal }),
    log: createLog('test', 'info', { write }),
    signal: stopping.signal,
  })
  await expect(probing).rejects.toThrow()
  expect(logged).toContain('"outcome":"no-bridge"')
  expect(logged).toContain('signaling cannot be reached')
  expect(logged).not.toMatch(/127\.0\.0\.1|the-token/)
})

test('a server that does not take the report is an error', async () => {
  const server = createServer((_request, response) => response.writeHead(401).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sent = sendReport({ outcome: 'ok' }, { origin, token: 'x', signal: new AbortController().signal })
  await expect(sent).rejects.toMatchObject({ code: 'unavailable', message: 'signaling answered with 401' })
  server.close()
})
