import { describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION } from './constants.ts'
import { noblePrimitives as primitives } from './noble.ts'
import { signOutcomeAccess, verifyOutcomeAccess } from './outcome-access.ts'
import { signTicket, TICKET_ID_BYTES } from './ticket.ts'

const KEYS = primitives.ed25519.fromSecretKey(new Uint8Array(32).fill(7))
const NOW = 1_800_000_000_000
const ACCESS = { egress: 'egress-1', expiresAt: NOW + 60_000 }
const sign = primitives.ed25519.signer(KEYS.secretKey)
const EXPECTED = { publicKey: KEYS.publicKey, egress: ACCESS.egress, now: NOW, primitives }
const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

describe('leave to read outcomes', () => {
  const text = signOutcomeAccess(ACCESS, sign)

  it('is written as the protocol lays it down, byte for byte', () => {
    expect(text).toBe(
      'gqZlZ3Jlc3OoZWdyZXNzLTGpZXhwaXJlc0F0zwAAAaMYXTpgMAg-JD9KB2hqLxIvXgZGVA9groTQ1rUUgDjv7AmGTkO073lp9bCJzhkYXsLhRUxWfMvDD7ibEeWHvdllHnZJDA',
    )
  })

  it('holds for one egress, and for a while', () => {
    expect(() => verifyOutcomeAccess(text, EXPECTED)).not.toThrow()
    expect(() => verifyOutcomeAccess(text, { ...EXPECTED, egress: 'egress-2' })).toThrow(code('not-allowed'))
    expect(() => verifyOutcomeAccess(text, { ...EXPECTED, now: ACCESS.expiresAt })).toThrow(code('expired'))
  })

  it('cannot be made of a ticket, which every bridge has, nor without the key', () => {
    const claims = { ...ACCESS, version: PROTOCOL_VERSION, id: new Uint8Array(TICKET_ID_BYTES) }
    const ticket = signTicket(claims, sign)
    expect(() => verifyOutcomeAccess(ticket, EXPECTED)).toThrow(code('not-authentic'))
    const forged = signOutcomeAccess(ACCESS, primitives.ed25519.signer(new Uint8Array(32).fill(8)))
    expect(() => verifyOutcomeAccess(forged, EXPECTED)).toThrow(code('not-authentic'))
    expect(() => verifyOutcomeAccess('', EXPECTED)).toThrow(code('malformed'))
  })
})
