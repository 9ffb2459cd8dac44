import { describe, expect, it } from 'vitest'
import { parseProxyAddress } from './proxy-address.ts'

describe("the proxy's address", () => {
  it.each(['127.0.0.1:1080', '127.1.2.3:0', '[::1]:1080', 'localhost:1080'])('may be %s', (text) => {
    expect(parseProxyAddress(text).port).toBe(Number(text.split(':').at(-1)))
  })

  it.each([
    ':1080',
    '0.0.0.0:1080',
    '[::]:1080',
    '192.168.1.2:1080',
    '[2001:db8::1]:1080',
    'example.org:1080',
  ])('may not be %s, which others can reach', (text) => {
    expect(() => parseProxyAddress(text)).toThrow(/this machine alone/)
  })
})
