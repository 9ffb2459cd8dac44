import { isFootbridgeError } from '@footbridge/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAbsoluteForm, parseAuthority } from './http-head.ts'

describe('parseAuthority', () => {
  it.each([
    ['example.org:443', { host: 'example.org', port: 443 }],
    ['192.0.2.1:80', { host: '192.0.2.1', port: 80 }],
    ['[2001:db8::1]:8443', { host: '2001:db8::1', port: 8443 }],
  ])('reads %s', (text, target) => {
    expect(parseAuthority(text)).toEqual(target)
  })

  it.each([
    '',
    'example.org',
    ':443',
    'user@example.org:443',
    '2001:db8::1:443',
    'a:0',
    'a:65536',
    'a b:1',
    'ä.org:1',
  ])('refuses %j', (text) => {
    expect(() => parseAuthority(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('parseAbsoluteForm', () => {
  it.each([
    ['http://example.org', 80, 'example.org', '/'],
    ['HTTP://example.org:8080/a/../b?c=%20', 8080, 'example.org:8080', '/a/../b?c=%20'],
    ['http://[::1]:81?q', 81, '[::1]:81', '/?q'],
  ])('reads %s and leaves the path as it is', (text, port, authority, path) => {
    expect(parseAbsoluteForm(text)).toMatchObject({ target: { port }, authority, path })
  })

  it.each(['/', '*', 'https://example.org/', 'ftp://example.org/', 'http://', 'http:///path'])(
    'refuses %j',
    (text) => {
      expect(() => parseAbsoluteForm(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
    },
  )

  it('reads any text or refuses it with a typed error', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((rest) => `http://${rest}`),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(text, (text) => {
        try {
          const { target, authority, path } = parseAbsoluteForm(text)
          expect(authority).toContain(target.host)
          expect(path.startsWith('/')).toBe(true)
        } catch (error) {
          expect(isFootbridgeError(error, 'malformed', 'too-large')).toBe(true)
        }
      }),
    )
  })
})
