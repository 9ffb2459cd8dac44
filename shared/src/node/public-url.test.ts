import { describe, expect, it } from 'vitest'
import { publicOrigin } from './public-url.ts'

const bound = { host: '127.0.0.1', port: 8090 }

describe('publicOrigin', () => {
  it('is where the server listens unless the operator says otherwise', () => {
    expect(publicOrigin(undefined, bound)).toBe('http://127.0.0.1:8090')
    expect(publicOrigin(undefined, { host: '::1', port: 8090 })).toBe('http://[::1]:8090')
    expect(publicOrigin('https://Egress.Example:443/', bound)).toBe('https://egress.example')
  })

  it.each(['', '0.0.0.0', '::'])('must be said when the server listens on "%s"', (host) => {
    expect(() => publicOrigin(undefined, { host, port: 1 })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    )
  })

  it.each(['egress', 'ftp://egress', 'https://egress/path', 'https://egress?q', 'https://me@egress', ''])(
    'is refused: %s',
    (given) => {
      expect(() => publicOrigin(given, bound)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})
