import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_CANDIDATE_CHARS, MAX_SDP_CHARS } from './constants.ts'
import { isFootbridgeError } from './errors.ts'
import { isPublicAddress } from './ip-address.ts'
import { MAX_CANDIDATES, sanitizeCandidate, sanitizeDescription } from './sdp.ts'

const PUBLIC_ONLY = { allowPrivate: false }
const ALL = { allowPrivate: true }

/** What Chromium writes, with the addresses a gathering host leaves in it. */
function chromiumOffer(candidates: readonly string[] = []): string {
  return [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 192.168.1.7',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS',
    'm=application 54321 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 192.168.1.7',
    'b=AS:30',
    'a=rtcp:9 IN IP4 192.168.1.7',
    ...candidates.map((candidate) => `a=${candidate}`),
    'a=remote-candidates:1 192.168.1.7 54321',
    'a=ice-ufrag:sXP5',
    'a=ice-pwd:XHzk0sYx2rkmpfRvHRVhPqCU',
    'a=ice-options:trickle',
    'a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08',
    'a=setup:actpass',
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')
}

const SRFLX =
  'candidate:842163049 1 udp 1677729535 9.9.9.9 46154 typ srflx raddr 192.168.1.7 rport 54321 generation 0 ufrag sXP5 network-cost 999'
const MDNS =
  'candidate:1 1 udp 2113937151 a6e0c4a4-5d2c-4d26-a6f4-1a1a1a1a1a1a.local 54321 typ host generation 0 ufrag sXP5'

const host = (address: string): string => `candidate:1 1 udp 2113937151 ${address} 54321 typ host`

describe('sanitizeCandidate', () => {
  it('keeps a public candidate and forgets the address behind it', () => {
    expect(sanitizeCandidate(SRFLX, PUBLIC_ONLY)).toBe(
      'candidate:842163049 1 udp 1677729535 9.9.9.9 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag sXP5',
    )
  })

  it('keeps the type of a TCP candidate', () => {
    const candidate = 'candidate:1 1 TCP 1518280447 9.9.9.9 9 typ host tcptype active'
    expect(sanitizeCandidate(candidate, PUBLIC_ONLY)).toBe(candidate)
  })

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.251',
    '::1',
    'fe80::1',
    'fd00::1',
    'ff02::fb',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'a6e0c4a4-5d2c-4d26-a6f4-1a1a1a1a1a1a.local',
  ])('strips %s unless private candidates are allowed', (address) => {
    expect(sanitizeCandidate(host(address), PUBLIC_ONLY)).toBeUndefined()
    expect(sanitizeCandidate(host(address), ALL)).toBe(host(address))
  })

  it.each(['example.org', 'localhost', 'fe80::1%eth0', 'a.b.local', '010.0.0.1'])(
    'never passes on %s, which the receiver would have to look up',
    (address) => {
      expect(sanitizeCandidate(host(address), ALL)).toBeUndefined()
    },
  )

  it('drops the end of candidates and kinds it does not know', () => {
    expect(sanitizeCandidate('', ALL)).toBeUndefined()
    expect(sanitizeCandidate('candidate:1 1 quic 1 9.9.9.9 1 typ host', ALL)).toBeUndefined()
    expect(sanitizeCandidate('candidate:1 1 udp 1 9.9.9.9 1 typ other', ALL)).toBeUndefined()
  })

  it.each([
    ['malformed', 'candidate'],
    ['malformed', `${host('9.9.9.9')}\r\na=candidate:1`],
    ['malformed', `${host('9.9.9.9')} lonely`],
    ['malformed', host('9.9.9.9').replace('54321', '65536')],
    ['too-large', `${host('9.9.9.9')}${' a b'.repeat(MAX_CANDIDATE_CHARS)}`],
    // With what stands for the address behind it.
    ['too-large', `${host('9.9.9.9').replace('host', 'srflx')} ufrag `.padEnd(MAX_CANDIDATE_CHARS, 'x')],
  ])('refuses as %s: %.40s', (code, candidate) => {
    expect(() => sanitizeCandidate(candidate, ALL)).toThrow(expect.objectContaining({ code }))
  })

  it('passes on every public address and no other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(sanitizeCandidate(host(address), PUBLIC_ONLY) !== undefined).toBe(isPublicAddress(address))
      }),
    )
  })

  it('changes nothing the second time', () => {
    for (const candidate of [SRFLX, MDNS]) {
      const once = sanitizeCandidate(candidate, ALL) ?? ''
      expect(sanitizeCandidate(once, ALL)).toBe(once)
    }
  })
})

describe('sanitizeDescription', () => {
  it('leaves no private address anywhere', () => {
    const sanitized = sanitizeDescription(chromiumOffer([SRFLX, MDNS, host('10.0.0.1')]), PUBLIC_ONLY)
    expect(sanitized).not.toContain('192.168.1.7')
    expect(sanitized).not.toContain('.local')
    expect(sanitized).not.toContain('10.0.0.1')
    expect(sanitized).toContain(' 9.9.9.9 46154 typ srflx raddr 0.0.0.0 rport 0 ')
    expect(sanitized).toContain('o=- 4611731400430051336 2 IN IP4 0.0.0.0\r\n')
    expect(sanitized).toContain('m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n')
  })

  it('keeps private candidates where they are allowed', () => {
    const sanitized = sanitizeDescription(chromiumOffer([MDNS, host('10.0.0.1')]), ALL)
    expect(sanitized).toContain(`a=${MDNS}\r\n`)
    expect(sanitized).toContain(`a=${host('10.0.0.1')}\r\n`)
  })

  it('keeps what a data channel needs and nothing else', () => {
    const sanitized = sanitizeDescription(chromiumOffer(), PUBLIC_ONLY)
    for (const line of ['a=ice-ufrag:sXP5', 'a=setup:actpass', 'a=mid:0', 'a=sctp-port:5000']) {
      expect(sanitized).toContain(`${line}\r\n`)
    }
    expect(sanitized).not.toMatch(/^(?:b=|a=rtcp|a=remote-candidates)/m)
  })

  it('reads bare line feeds too', () => {
    const sdp = chromiumOffer([SRFLX])
    expect(sanitizeDescription(sdp.replaceAll('\r\n', '\n'), PUBLIC_ONLY)).toBe(
      sanitizeDescription(sdp, PUBLIC_ONLY),
    )
  })

  it('keeps a bounded number of candidates', () => {
    const many = Array.from({ length: 2 * MAX_CANDIDATES }, (_, i) => host(`9.9.9.${i}`))
    const sanitized = sanitizeDescription(chromiumOffer(many), PUBLIC_ONLY)
    expect(sanitized.match(/a=candidate:/g)).toHaveLength(MAX_CANDIDATES)
  })

  it.each([
    ['too-large', `${chromiumOffer()}${'a=x\r\n'.repeat(MAX_SDP_CHARS)}`],
    // With line ends as the others want them.
    ['too-large', `${chromiumOffer()}${'a=mid:0\n'.repeat(1_900)}`],
    ['malformed', ''],
    ['malformed', 'v=0'],
    ['malformed', chromiumOffer().replace('v=0', 'v=1')],
    ['malformed', chromiumOffer().replace('o=-', 'o=')],
    ['malformed', chromiumOffer().replace(/m=.*\r\n/, '')],
    ['malformed', chromiumOffer().replace(/m=.*/, 'm=audio 9 UDP/TLS/RTP/SAVPF 111')],
    ['malformed', `${chromiumOffer()}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`],
    ['malformed', `${chromiumOffer()}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`],
    ['malformed', chromiumOffer().replace(/a=fingerprint.*\r\n/, '')],
    ['malformed', chromiumOffer().replace('s=-', 'nonsense')],
    ['malformed', chromiumOffer(['candidate:broken'])],
  ])('refuses as %s: description %#', (code, sdp) => {
    expect(() => sanitizeDescription(sdp, ALL)).toThrow(expect.objectContaining({ code }))
  })

  it('changes nothing the second time', () => {
    const once = sanitizeDescription(chromiumOffer([SRFLX, MDNS]), ALL)
    expect(sanitizeDescription(once, ALL)).toBe(once)
  })

  it('passes on or refuses any text with a typed error', () => {
    const line = fc.oneof(fc.constantFrom(...chromiumOffer([SRFLX, MDNS]).split('\r\n')), fc.string())
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        try {
          sanitizeDescription(lines.join('\r\n'), PUBLIC_ONLY)
        } catch (error) {
          expect(isFootbridgeError(error, 'too-large', 'malformed')).toBe(true)
        }
      }),
    )
  })
})
