import { encodeBase64Url, formatInvitation, formatNetworkLink } from '@footbridge/shared'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { giveConsent, hasConsent } from '../src/consent.ts'
import { chooseNetwork, parseNetworkChoice } from './network-choice.ts'

const NETWORK = {
  version: 1,
  signaling: ['https://one.example', 'https://two.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
}

describe('the choice of a network', () => {
  it.each([
    ['one.example', 'https://one.example/v1/network'],
    ['one.example:8443/v1/network', 'https://one.example:8443/v1/network'],
    [' https://one.example ', 'https://one.example/v1/network'],
    ['https://one.example/', 'https://one.example/v1/network'],
    ['https://one.example/elsewhere.json', 'https://one.example/elsewhere.json'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1/network'],
    ['http://[::1]:8080/', 'http://[::1]:8080/v1/network'],
    [formatNetworkLink(NETWORK), 'https://one.example/v1/network'],
  ])('takes %s', (text, url) => {
    expect(parseNetworkChoice(text)).toBe(url)
  })

  it.each([
    '',
    'hello there',
    'javascript:alert(1)',
    'data:application/json,{}',
    'http://one.example',
    'http://127.0.0.1.evil.example',
    'https://name:password@one.example/v1/network',
    'footbridge:',
    formatNetworkLink(NETWORK).slice(0, -20),
    formatNetworkLink({ ...NETWORK, signaling: ['http://one.example'] }),
  ])('refuses %s', (text) => {
    expect(() => parseNetworkChoice(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('refuses what is far too long', () => {
    const link = `footbridge:${encodeBase64Url(new Uint8Array(1_000_000))}`
    expect(() => parseNetworkChoice(link)).toThrow(expect.objectContaining({ code: 'too-large' }))
  })

  it('does not take an invitation to a private pool for one to help everybody', () => {
    const invitation = formatInvitation(NETWORK, new Uint8Array(32))
    expect(() => parseNetworkChoice(invitation)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})

describe('another network', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is not helped with the consent that was given for the one before', () => {
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    })
    chooseNetwork('https://one.example/v1/network')
    giveConsent()
    chooseNetwork('https://one.example/v1/network')
    expect(hasConsent()).toBe(true)
    chooseNetwork('https://other.example/v1/network')
    expect(hasConsent()).toBe(false)
  })
})
