import { describe, expect, it } from 'vitest'
import { parseProxyAddress } from './proxy-address.ts'

describe("the proxy's address", () => {
  it.each(['127.0.0.1:1080', '127.1.2.3:0', '[::1]:1080', 'localhost:1080'])('may be %s', (text) => {
    expect(parseProxyAddress(text, { lan: false, hasPassword: false }).port).toBe(
      Number(text.split(':').at(-1)),
    )
  })

  it.each([
    ':1080',
    '0.0.0.0:1080',
    '[::]:1080',
    '192.168.1.2:1080',
    '[2001:db8::1]:1080',
    'example.org:1080',
  ])('may be %s, which others can reach, with a password alone', (text) => {
    expect(() => parseProxyAddress(text, { lan: false, hasPassword: false })).toThrow(/--password-file/)
    expect(parseProxyAddress(text, { lan: false, hasPassword: true }).port).toBe(1080)
  })

  it('may be every address of the machine, with a password alone', () => {
    expect(() => parseProxyAddress('127.0.0.1:1080', { lan: true, hasPassword: false })).toThrow(/password/)
    expect(parseProxyAddress('127.0.0.1:1080', { lan: true, hasPassword: true })).toEqual({
      host: '',
      port: 1080,
    })
  })
})
