import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicAddress, parseIpAddress } from './ip-address.ts'

/** First and last address of each special-purpose block, and its public neighbours. */
const SPECIAL: readonly (readonly [string, ...string[]])[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255'],
  ['127.0.0.0/8', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255'],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.254'],
  ['255.255.255.255/32', '255.255.255.255'],
  ['::/128', '::', '0:0:0:0:0:0:0:0'],
  ['::1/128', '::1', '0000:0000:0000:0000:0000:0000:0000:0001'],
  ['::/96 (IPv4-compatible)', '::7f00:1', '::8.8.8.8'],
  ['::ffff:0:0/96', '::ffff:10.0.0.1', '::ffff:7f00:1', '::FFFF:169.254.169.254', '::ffff:0.0.0.0'],
  ['64:ff9b::/96', '64:ff9b::10.0.0.1', '64:ff9b::7f00:1', '64:ff9b::c0a8:101'],
  ['64:ff9b:1::/48', '64:ff9b:1::', '64:ff9b:1::808:808'],
  ['64:ff9b::/32 elsewhere', '64:ff9b:0:0:0:1:808:808'],
  ['100::/64', '100::', '100::ffff:ffff:ffff:ffff'],
  ['2001::/23', '2001::', '2001::1', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::/16', '2002:7f00:1::', '2002:a00:1::1', '2002:c0a8:101::', '2002:a9fe:a9fe::1'],
  ['3fff::/20', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::/16', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::/7', 'fc00::', 'fd00:ec2::254', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::/10', 'fe80::1', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fec0::/10', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::/8', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unallocated IPv6', '4000::1', '1fff::1', '8000::', 'fbff::1'],
]

const PUBLIC: readonly string[] = [
  '1.0.0.0',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.0.3.0',
  '192.88.98.255',
  '192.88.100.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '198.51.99.255',
  '198.51.101.0',
  '203.0.112.255',
  '203.0.114.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '64:ff9b::8.8.8.8',
  '2000::',
  '2001:200::',
  '2001:db7:ffff::',
  '2001:db9::',
  '2001:4860:4860::8888',
  '2002:808:808::1',
  '2606:4700:4700::1111',
  '3ffe::1',
  '3fff:1000::',
]

describe('isPublicAddress', () => {
  it.each(SPECIAL)('refuses %s', (_name, ...addresses) => {
    for (const address of addresses) {
      expect(parseIpAddress(address), address).toBeDefined()
      expect(isPublicAddress(address), address).toBe(false)
    }
  })

  it.each(PUBLIC)('accepts %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('judges an embedded IPv4 address as it judges the address itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = parseIpAddress(address) ?? []
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
        const expected = isPublicAddress(address)
        expect(isPublicAddress(`::ffff:${address}`)).toBe(expected)
        expect(isPublicAddress(`::ffff:${hex}`)).toBe(expected)
        expect(isPublicAddress(`64:ff9b::${hex}`)).toBe(expected)
        expect(isPublicAddress(`2002:${hex}::1`)).toBe(expected)
      }),
    )
  })

  it('judges every spelling of an IPv6 address alike', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const bytes = parseIpAddress(address) ?? new Uint8Array()
        const groups = Array.from({ length: 8 }, (_, i) =>
          (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16).padStart(4, '0'),
        )
        expect(isPublicAddress(groups.join(':').toUpperCase())).toBe(isPublicAddress(address))
      }),
    )
  })

  it('refuses text that is no address', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/[\d:]/.test(text)),
        (text) => {
          expect(isPublicAddress(text)).toBe(false)
        },
      ),
    )
  })
})

describe('parseIpAddress', () => {
  it('reads every address', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => parseIpAddress(address)?.length === 4))
    fc.assert(fc.property(fc.ipV6(), (address) => parseIpAddress(address)?.length === 16))
  })

  it('agrees with the URL standard on what is an IPv6 address', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      '9',
      '255',
      '256',
      'a',
      'ffff',
      ':',
      '::',
      '.',
      '1.2.3.4',
      'g',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 18 }), (parts) => {
        const text = parts.join('')
        fc.pre(text.includes(':'))
        expect(parseIpAddress(text) !== undefined, text).toBe(URL.canParse(`http://[${text}]/`))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.256',
    '256.2.3.4',
    '1.256.3.4',
    '1.2.3.04',
    '1.2.3.1000',
    '1.2.3.4\n',
    '1.2.3.4 ',
    '[::1]',
    'fe80::1%eth0',
    '::1/128',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7::8',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '12345::',
    'x'.repeat(100_000),
  ])('refuses %.40s', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })
})
