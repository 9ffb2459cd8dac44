import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from './bytes.ts'
import { PROTOCOL_VERSION } from './constants.ts'
import {
  formatNetworkLink,
  parseBridgeDescriptor,
  parseNetworkLink,
  validateDescriptor,
} from './descriptor.ts'

const KEY = encodeBase64Url(new Uint8Array(32).fill(5))
const DESCRIPTOR = {
  version: PROTOCOL_VERSION,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'egress-1', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
  signalingKey: KEY,
}
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('the ways through others in a descriptor', () => {
  it('come back from a link', () => {
    const network = {
      ...DESCRIPTOR,
      fronts: [
        { url: 'https://front.example', host: 'hidden.example:8443' },
        { url: 'https://other.example/p' },
      ],
      caches: [{ url: 'https://cache.example/c/s/signaling.example' }],
      mailboxes: ['wss://relay.example', 'mqtts://broker.example:8883'],
    }
    expect(parseNetworkLink(formatNetworkLink(network))).toEqual(network)
  })

  it('are given back as what can be put before a path, without members that nobody knows', () => {
    const fronts = [{ url: 'HTTPS://Front.example:443/a/', more: 1 }]
    const network = validateDescriptor({ ...DESCRIPTOR, fronts, mailboxes: ['wss://Relay.example/'] })
    expect(network.fronts).toEqual([{ url: 'https://front.example/a' }])
    expect(network.mailboxes).toEqual(['wss://relay.example'])
    expect(network).not.toHaveProperty('caches')
  })

  it.each([
    ['fronts', {}],
    ['fronts', [{}]],
    ['fronts', [null]],
    ['fronts', ['https://front.example']],
    ['fronts', [{ url: 'ftp://front.example' }]],
    ['fronts', [{ url: 'https://user@front.example' }]],
    ['fronts', [{ url: 'https://front.example?a=b' }]],
    ['fronts', [{ url: 'https://front.example#a' }]],
    ['fronts', [{ url: `https://front.example/${'a'.repeat(300)}` }]],
    ['fronts', [{ url: 'https://front.example', host: 'a b' }]],
    ['fronts', [{ url: 'https://front.example', host: 'a\r\nx: y' }]],
    ['fronts', [{ url: 'https://front.example', host: 1 }]],
    ['caches', [{ url: '//cache.example' }]],
    ['mailboxes', ['https://relay.example']],
    ['mailboxes', ['mqtt:']],
    ['mailboxes', [{ url: 'wss://relay.example' }]],
    ['signalingKey', 'short'],
  ])('are refused: %s %j', (name, value) => {
    expect(() => validateDescriptor({ ...DESCRIPTOR, [name]: value })).toThrow(code('malformed'))
  })

  it('are nothing to a bridge', () => {
    const text = JSON.stringify({ ...DESCRIPTOR, mailboxes: ['of a kind that comes later:'] })
    const { signalingKey: _, ...needed } = DESCRIPTOR
    expect(parseBridgeDescriptor(text)).toEqual(needed)
  })

  it('are eight of each at most', () => {
    const mailboxes = Array.from({ length: 9 }, (_, at) => `wss://relay-${at}.example`)
    expect(() => validateDescriptor({ ...DESCRIPTOR, mailboxes })).toThrow(code('too-large'))
  })

  it('are refused without a key that what goes through them is sealed to', () => {
    const { signalingKey: _, ...open } = DESCRIPTOR
    expect(() => validateDescriptor({ ...open, mailboxes: ['wss://relay.example'] })).toThrow(
      code('malformed'),
    )
    expect(validateDescriptor(open)).toEqual(open)
  })
})
