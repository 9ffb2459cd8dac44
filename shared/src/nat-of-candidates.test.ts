import fc from 'fast-check'
import { expect, it } from 'vitest'
import { candidatesOf, natOfCandidates } from './nat-of-candidates.ts'

/** As much of a description as matters here. */
const sdp = (candidates: readonly string[]): string =>
  [
    'v=0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ...candidates.map((line) => `a=${line}`),
    '',
  ].join('\r\n')

function reflexive(foundation: string, endpoint: string): string {
  return `candidate:${foundation} 1 udp 1677729535 ${endpoint} typ srflx raddr 0.0.0.0 rport 0`
}

const HOST = 'candidate:7 1 udp 2122260223 9.9.9.9 50000 typ host'

it.each([
  ['strict', 'two ports of one socket', [reflexive('7', '9.9.9.9 1000'), reflexive('7', '9.9.9.9 1001')]],
  ['strict', 'two addresses of one socket', [reflexive('7', '9.9.9.9 1000'), reflexive('7', '9.9.9.8 1000')]],
  [undefined, 'one port', [reflexive('7', '9.9.9.9 1000'), reflexive('7', '9.9.9.9 1000')]],
  [
    undefined,
    'one port each of two sockets',
    [reflexive('7', '9.9.9.9 1000'), reflexive('8', '9.9.9.9 1001')],
  ],
  [undefined, 'a socket seen as what it is', [HOST, reflexive('7', '9.9.9.9 1000')]],
  [undefined, 'nothing', []],
])('a NAT is %s to the witness of %s', (nat, _of, candidates) => {
  expect(natOfCandidates(candidates)).toBe(nat)
  expect(natOfCandidates(candidatesOf(sdp(candidates)))).toBe(nat)
})

it('what makes no sense says nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => natOfCandidates(candidatesOf(`a=candidate:${text}`)) === undefined),
  )
})
