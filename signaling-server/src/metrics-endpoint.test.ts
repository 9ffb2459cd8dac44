import { expect, it } from 'vitest'
import { bridge, client, OFFER, PUBLIC_CANDIDATE, sdp, startTestServer } from './server.test.helper.ts'

const TOKEN = 'a token without spaces'.replaceAll(' ', '-')

it('tells what happened, and of nobody to whom', async () => {
  await using server = await startTestServer()
  const volunteer = await bridge(server)
  const user = await client(server)
  const secrets = ['127.0.0.1', '::1', '9.9.9.9', 'sXP5', 'egress-1', volunteer.id]
  for (let offerId = 1; offerId <= 8; offerId++) {
    user.send({ ...OFFER, offerId, sdp: sdp(offerId, [PUBLIC_CANDIDATE]) })
    const offer = await volunteer.next('offer')
    secrets.push(offer.ticket)
    volunteer.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(1, [PUBLIC_CANDIDATE]) })
    await user.next('answer')
  }
  user.send({ ...OFFER, offerId: 9, egress: 'nowhere', nat: 'strict' })
  await user.next('refused')
  user.socket.send('nonsense')
  await user.closed

  const response = await fetch(`${server.url}/metrics`)
  expect(response.headers.get('content-type')).toMatch('text/plain; version=0.0.4')
  const text = await response.text()
  for (const line of [
    'footbridge_bridges{state="waiting"} 0',
    'footbridge_bridges{state="busy"} 8',
    'footbridge_sockets 8',
    'footbridge_people_helped_total 8',
    'footbridge_matches_total 8',
    'footbridge_match_duration_seconds_count 8',
    'footbridge_refusals_total{reason="no-egress",nat="strict"} 8',
    'footbridge_limits_total{kind="malformed"} 8',
  ]) {
    expect(text).toContain(`${line}\n`)
  }
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
})

it('shows counts of people in steps of eight only', async () => {
  await using server = await startTestServer()
  await Promise.all([bridge(server), bridge(server), bridge(server)])
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const counts = [...text.matchAll(/^footbridge_\S+ (\S+)$/gm)].map(([, value]) => Number(value))
  expect(counts.length).toBeGreaterThan(0)
  expect(counts.filter((count) => count % 8 !== 0)).toEqual([])
})

it('is for this machine alone, or for whoever knows the token', async () => {
  await using open = await startTestServer()
  await using guarded = await startTestServer({}, { metricsToken: TOKEN })
  const status = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${url}/metrics`, { headers })).status
  expect(await status(open.url)).toBe(200)
  expect(await status(open.url, { 'x-forwarded-for': '9.9.9.9' })).toBe(403)
  expect(await status(guarded.url)).toBe(403)
  expect(await status(guarded.url, { authorization: `Bearer ${TOKEN}` })).toBe(200)
})
