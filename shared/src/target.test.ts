import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_HOST_CHARS } from './constants.ts'
import { isFootbridgeError } from './errors.ts'
import { checkTarget } from './target.ts'

const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

describe('a target', () => {
  it.each([
    ['a name', 'example.org'],
    ['a name with an underscore', '_dmarc.example.org'],
    ['an IPv4 literal', '192.0.2.1'],
    ['an IPv6 literal', '2001:db8::1'],
    ['the longest name', 'h'.repeat(MAX_HOST_CHARS)],
  ])('may be %s', (_, host) => {
    expect(checkTarget({ host, port: 443 })).toEqual({ host, port: 443 })
  })

  it.each([1, 65_535])('may have port %i', (port) => {
    expect(checkTarget({ host: 'example.org', port }).port).toBe(port)
  })

  it.each([0, -1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no port %d', (port) => {
    expect(() => checkTarget({ host: 'example.org', port })).toThrow(code('malformed'))
  })

  it('refuses a host over the limit before it looks at its characters', () => {
    expect(() => checkTarget({ host: ' '.repeat(MAX_HOST_CHARS + 1), port: 443 })).toThrow(code('too-large'))
  })

  it.each([
    '',
    ' ',
    '[::1]',
    'fe80::1%eth0',
    'a/b',
    'user@host',
    'host\r\n',
    'a\0b',
    'münchen.example',
    'a,b',
  ])('refuses %j as a host', (host) => {
    expect(() => checkTarget({ host, port: 443 })).toThrow(code('malformed'))
  })

  it('takes any text or refuses it with an error that does not quote it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 4 }), fc.webAuthority()), (host) => {
        try {
          expect(checkTarget({ host, port: 443 }).host).toBe(host)
        } catch (error) {
          expect(isFootbridgeError(error, 'malformed', 'too-large')).toBe(true)
          expect((error as Error).message).not.toContain(host)
        }
      }),
    )
  })
})
