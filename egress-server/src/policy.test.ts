import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { dialTarget } from './dial.ts'
import { createPolicy, parsePorts } from './policy.ts'

const REFUSED = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'link-local': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.254'],
  'cloud metadata': ['169.254.169.254', 'fd00:ec2::254'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
  reserved: ['0.0.0.0', '240.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '::', '2001:db8::1'],
  'IPv4 within IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::192.168.0.1',
    '64:ff9b:1::1',
    '2002:7f00:1::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  ],
  'no address at all': ['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433'],
}

const PRIVATE_BLOCKS: readonly (readonly [number, number])[] = [
  [0x7f00_0000, 8],
  [0x0a00_0000, 8],
  [0xac10_0000, 12],
  [0xc0a8_0000, 16],
  [0xa9fe_0000, 16],
  [0x6440_0000, 10],
  [0xe000_0000, 4],
  [0xf000_0000, 4],
  [0x0000_0000, 8],
]

const hex = (value: number, radix = 16) => value.toString(radix)
const bytesOf = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff)
const dotted = (address: number) => bytesOf(address).join('.')
const groups = (address: number) => `${hex(address >>> 16)}:${hex(address & 0xffff)}`

/** How a private IPv4 address may be written so that a lax parser, a resolver or the network ends up there. */
const SPELLINGS: readonly ((address: number) => string)[] = [
  dotted,
  (address) => String(address),
  (address) => `0x${hex(address)}`,
  (address) => `0${hex(address, 8)}`,
  (address) =>
    bytesOf(address)
      .map((byte) => `0x${hex(byte)}`)
      .join('.'),
  (address) =>
    bytesOf(address)
      .map((byte) => `0${hex(byte, 8)}`)
      .join('.'),
  (address) => `${address >>> 24}.${address & 0xff_ffff}`,
  (address) => `${address >>> 24}.${(address >>> 16) & 0xff}.${address & 0xffff}`,
  (address) => `::ffff:${dotted(address)}`,
  (address) => `::FFFF:${groups(address).toUpperCase()}`,
  (address) => `0000:0000:0000:0000:0000:ffff:${groups(address)}`,
  (address) => `::${dotted(address)}`,
  (address) => `64:ff9b::${groups(address)}`,
  (address) => `2002:${groups(address)}::1`,
]

describe('the policy', () => {
  for (const [kind, addresses] of Object.entries(REFUSED)) {
    it.each(addresses)(`refuses ${kind}: %s`, (address) => {
      expect(createPolicy().allowsAddress(address)).toBe(false)
    })
  }

  it.each(['8.8.8.8', '172.15.255.255', '172.32.0.0', '100.128.0.0', '2606:4700:4700::1111'])(
    'allows the public address %s',
    (address) => {
      expect(createPolicy().allowsAddress(address)).toBe(true)
    },
  )

  it('allows private addresses where the operator does', () => {
    const policy = createPolicy({ allowPrivateTargets: true })
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(policy.allowsAddress(address)).toBe(true)
  })

  it('never lets a private address be reached, however it is written', async () => {
    const address = fc
      .tuple(fc.constantFrom(...PRIVATE_BLOCKS), fc.nat({ max: 0xffff_ffff }))
      .map(([[prefix, bits], random]) => (prefix | (random & (0xffff_ffff >>> bits))) >>> 0)
    await fc.assert(
      fc.asyncProperty(address, fc.constantFrom(...SPELLINGS), async (address, spell) => {
        const connect = vi.fn()
        const dialling = dialTarget(
          { host: spell(address), port: 80 },
          {
            policy: createPolicy(),
            // What the laxest resolver (inet_aton) makes of it.
            lookup: async () => [dotted(address)],
            signal: new AbortController().signal,
            connect,
          },
        )
        await expect(dialling).rejects.toMatchObject({ code: 'not-allowed' })
        expect(connect).not.toHaveBeenCalled()
      }),
    )
  })

  it('denies port 25 unless told otherwise', () => {
    expect(createPolicy().allowsPort(25)).toBe(false)
    for (const port of [22, 80, 443, 465, 587]) expect(createPolicy().allowsPort(port)).toBe(true)
    const policy = createPolicy({ denyPorts: parsePorts('22') })
    expect([policy.allowsPort(25), policy.allowsPort(22)]).toEqual([true, false])
  })
})

describe('parsePorts', () => {
  it('reads ports and ranges', () => {
    expect([...parsePorts('25, 135-137,65535')]).toEqual([25, 135, 136, 137, 65_535])
  })

  it('reads the empty list', () => {
    expect(parsePorts('none').size).toBe(0)
  })

  it.each(['', '0', '65536', '9-1', 'http', '1,', '-5', '1-2-3', '1.5', '00000025'])(
    'refuses "%s"',
    (text) => {
      expect(() => parsePorts(text)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})
