import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeDatagram, parseDatagram } from './socks5-datagram.ts'

const PORT = [0, 53]
const NAME = [...Buffer.from('dns.example')]

describe('a UDP datagram of SOCKS5', () => {
  it.each([
    { kind: 'IPv4', address: [1, 192, 0, 2, 1], host: '192.0.2.1' },
    {
      kind: 'IPv6',
      address: [4, 0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 1],
      host: '2001:db8:0:0:0:0:0:1',
    },
    { kind: 'name', address: [3, NAME.length, ...NAME], host: 'dns.example' },
  ])('is read and written with a target by $kind', ({ address, host }) => {
    const bytes = Uint8Array.of(0, 0, 0, ...address, ...PORT, 1, 2, 3)
    const datagram = { host, port: 53, data: Uint8Array.of(1, 2, 3) }
    expect(parseDatagram(bytes)).toEqual(datagram)
    expect(encodeDatagram(datagram)).toEqual(bytes)
  })

  it.each([
    { what: 'a fragment', bytes: [0, 0, 1, 1, 192, 0, 2, 1, ...PORT, 1] },
    { what: 'the last fragment', bytes: [0, 0, 0x81, 1, 192, 0, 2, 1, ...PORT, 1] },
    { what: 'a reserved byte that is not 0', bytes: [0, 1, 0, 1, 192, 0, 2, 1, ...PORT, 1] },
    { what: 'an unknown address type', bytes: [0, 0, 0, 2, 192, 0, 2, 1, ...PORT, 1] },
    { what: 'a port that is cut off', bytes: [0, 0, 0, 1, 192, 0, 2, 1, 0] },
    { what: 'nothing', bytes: [] },
  ])('is none with $what', ({ bytes }) => {
    expect(parseDatagram(Uint8Array.from(bytes))).toBeUndefined()
  })

  it('is read, or not, whatever the bytes are', () => {
    const noise = fc.tuple(fc.constantFrom(1, 3, 4, 7), fc.uint8Array({ maxLength: 300 }))
    fc.assert(
      fc.property(noise, ([type, bytes]) => {
        const datagram = parseDatagram(Uint8Array.of(0, 0, 0, type, ...bytes))
        expect(datagram === undefined || datagram.data.length < bytes.length).toBe(true)
      }),
    )
  })
})
