import { describe, expect, it } from 'vitest'
import { formatReport, summarize } from './doctor-report.ts'
import type { Finding } from './finding.ts'

const page: Finding = { step: 'page', verdict: 'ok', sentence: 'A page came through in 1 s.' }
const post: Finding = {
  step: 'ways in',
  verdict: 'ok',
  sentence: 'HTTPS POST to signaling server 1 works.',
  facts: { kind: 'HTTPS POST', server: 1 },
}
const socket: Finding = {
  step: 'ways in',
  verdict: 'blocked',
  sentence: 'WebSocket to signaling server 1 does not get through.',
  facts: { kind: 'WebSocket', server: 1 },
}
const udp: Finding = { step: 'udp', verdict: 'blocked', sentence: 'UDP is blocked.', remedy: 'Go elsewhere.' }

describe('the summary', () => {
  it.each([
    { findings: [post, page], says: 'Everything works.' },
    {
      findings: [post, socket, udp, page],
      says: 'It works. Not everything does: WebSocket to signaling server 1 does not get through; HTTPS POST to server 1 was used instead. UDP is blocked.',
    },
    { findings: [post, socket, udp], says: 'It does not work: UDP is blocked. Go elsewhere.' },
    {
      findings: [socket, udp],
      says: 'It does not work: WebSocket to signaling server 1 does not get through.',
    },
    { findings: [post], says: 'It does not work: why could not be told.' },
  ])('is: $says', ({ findings, says }) => {
    expect(summarize(findings)).toBe(says)
  })
})

it('says which program was looked at, and where it runs', () => {
  const report = formatReport([udp], { version: '1.2.3', node: 'v20', platform: 'linux', arch: 'x64' })
  expect(report).toContain('version  1.2.3, Node v20, linux x64')
  expect(report).toContain('blocked  udp        UDP is blocked.')
})
