import { isFootbridgeError, MAX_HOST_CHARS } from '@footbridge/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Command,
  encodeLoginReply,
  encodeMethod,
  encodeReply,
  Method,
  parseGreeting,
  parseLogin,
  parseRequest,
  Reply,
} from './socks5.ts'

const port = [0x01, 0xbb]
const name = [...Buffer.from('example.org')]

describe('parseGreeting', () => {
  it('reads the methods and where the message ends', () => {
    const { message, length } = parseGreeting(Uint8Array.of(5, 2, 0, 2, 99)) ?? {}
    expect([...(message ?? [])]).toEqual([0, 2])
    expect(length).toBe(4)
  })

  it('refuses another version', () => {
    expect(() => parseGreeting(Uint8Array.of(4))).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('parseLogin', () => {
  const part = fc.uint8Array({ maxLength: 255 })

  it('reads the password and where the message ends, and waits for what is missing', () => {
    fc.assert(
      fc.property(part, part, part, (name, password, rest) => {
        const bytes = Uint8Array.from([1, name.length, ...name, password.length, ...password])
        expect(parseLogin(Uint8Array.from([...bytes, ...rest]))).toEqual({
          message: password,
          length: bytes.length,
        })
        for (let end = 0; end < bytes.length; end += 1) {
          if (parseLogin(bytes.subarray(0, end)) !== undefined) throw new Error(`it did not wait at ${end}`)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('refuses another version', () => {
    expect(() => parseLogin(Uint8Array.of(5, 1, 0))).toThrow(expect.objectContaining({ code: 'malformed' }))
    expect([[...encodeLoginReply(true)], [...encodeLoginReply(false)]]).toEqual([
      [1, 0],
      [1, 1],
    ])
  })
})

describe('parseRequest', () => {
  it.each([
    { kind: 'IPv4', bytes: [5, 1, 0, 1, 192, 0, 2, 1, ...port], host: '192.0.2.1' },
    {
      kind: 'IPv6',
      bytes: [5, 1, 0, 4, 0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 1, ...port],
      host: '2001:db8:0:0:0:0:0:1',
    },
    { kind: 'domain', bytes: [5, 1, 0, 3, name.length, ...name, ...port], host: 'example.org' },
  ])('reads a target by $kind', ({ bytes, host }) => {
    expect(parseRequest(Uint8Array.from([...bytes, 1, 2, 3]))).toEqual({
      message: { command: Command.connect, target: { host, port: 443 } },
      length: bytes.length,
    })
  })

  it('reads the command although the address type is unknown', () => {
    const parsed = parseRequest(Uint8Array.of(5, 2, 0, 9, 1, 2, 3))
    expect(parsed).toEqual({ message: { command: 2, target: undefined }, length: 4 })
  })

  it.each([
    { what: 'another version', bytes: [4, 1, 0, 1, 1, 2, 3, 4, ...port], code: 'malformed' },
    { what: 'a reserved byte that is not 0', bytes: [5, 1, 1], code: 'malformed' },
    { what: 'port 0', bytes: [5, 1, 0, 1, 1, 2, 3, 4, 0, 0], code: 'malformed' },
    { what: 'an empty name', bytes: [5, 1, 0, 3, 0, ...port], code: 'malformed' },
    { what: 'a name with a NUL', bytes: [5, 1, 0, 3, 2, 0x61, 0, ...port], code: 'malformed' },
    {
      what: 'a name longer than names are',
      bytes: [5, 1, 0, 3, MAX_HOST_CHARS + 1, ...Array(MAX_HOST_CHARS + 1).fill(0x61), ...port],
      code: 'too-large',
    },
  ])('refuses $what', ({ bytes, code }) => {
    expect(() => parseRequest(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }))
  })
})

it('encodes the answers of RFC 1928', () => {
  expect([...encodeMethod(Method.noneAcceptable)]).toEqual([5, 0xff])
  expect([...encodeReply(Reply.notAllowed)]).toEqual([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
})

describe('both parsers', () => {
  const messages = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.constantFrom(1, 3, 4, 7), fc.uint8Array({ maxLength: 300 })).map(([type, bytes]) => {
      return Uint8Array.of(5, 1, 0, type, ...bytes)
    }),
  )

  it.each([
    ['parseGreeting', parseGreeting],
    ['parseLogin', parseLogin],
    ['parseRequest', parseRequest],
  ])('%s says the same of any bytes however they arrive', (_name, parse) => {
    const outcome = (bytes: Uint8Array) => {
      try {
        return parse(bytes)
      } catch (error) {
        if (isFootbridgeError(error)) return error.code
        throw error
      }
    }
    fc.assert(
      fc.property(messages, (bytes) => {
        const whole = outcome(bytes)
        const lengths = Array.from({ length: bytes.length + 1 }, (_, length) => length)
        const first = lengths.find((length) => outcome(bytes.subarray(0, length)) !== undefined)
        expect(first === undefined ? undefined : outcome(bytes.subarray(0, first))).toEqual(whole)
        if (typeof whole === 'object') expect(whole.length).toBe(first)
      }),
    )
  })
})
