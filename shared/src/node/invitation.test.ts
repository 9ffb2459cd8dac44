import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNetworkLink, type NetworkDescriptor } from '../descriptor.ts'
import { formatInvitation, parseInvitation } from '../invitation.ts'
import { noblePrimitives } from '../noble.ts'
import { POOL_SECRET_BYTES, parsePoolSecret, poolId } from '../pool.ts'
import { nodePrimitives } from './node-primitives.ts'

const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
}
const secret = fc.uint8Array({ minLength: POOL_SECRET_BYTES, maxLength: POOL_SECRET_BYTES })
const malformed = expect.objectContaining({ name: 'FootbridgeError', code: 'malformed' })

describe('an invitation', () => {
  it('gives back the link and the secret that it was made of', () => {
    fc.assert(
      fc.property(secret, (bytes) => {
        expect(parseInvitation(formatInvitation(NETWORK, bytes))).toEqual({
          network: formatNetworkLink(NETWORK),
          secret: bytes,
        })
      }),
    )
  })

  it('may be a URL, and that of a signaling server alone stands for its descriptor', () => {
    const bytes = new Uint8Array(POOL_SECRET_BYTES).fill(255)
    const text = `${'_'.repeat(42)}8`
    for (const [url, network] of [
      ['https://signaling.example/', 'https://signaling.example/v1/network'],
      ['HTTP://signaling.example:81', 'http://signaling.example:81/v1/network'],
      ['https://elsewhere.example/network.json', 'https://elsewhere.example/network.json'],
    ]) {
      expect(parseInvitation(`${url}#${text}`)).toEqual({ network, secret: bytes })
    }
  })

  it('may come without a secret', () => {
    expect(parseInvitation('footbridge:abc')).toEqual({ network: 'footbridge:abc', secret: undefined })
  })

  it('is refused with a secret that was cut short, or is followed by more', () => {
    const link = formatInvitation(NETWORK, new Uint8Array(POOL_SECRET_BYTES))
    for (const text of [
      link.slice(0, -1),
      `${link}A`,
      `${link}#`,
      link.replace(/#.*/, '#'),
      `${link.slice(0, -1)}B`,
    ]) {
      expect(() => parseInvitation(text)).toThrow(malformed)
    }
    expect(() => parsePoolSecret('A'.repeat(1_000_000))).toThrow(malformed)
  })
})

describe('the id of a pool', () => {
  it('is as the protocol lays it down', () => {
    for (const primitives of [nodePrimitives, noblePrimitives]) {
      expect(poolId(new Uint8Array(POOL_SECRET_BYTES).fill(7), primitives)).toBe(
        'B5kqFN35W4CDDPG7io2uxdew1E1HamhQr1bnxyVvIjQ',
      )
    }
  })
})
