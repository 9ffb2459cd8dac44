import {
  encodeBase64Url,
  PROTOCOL_VERSION,
  signTicket,
  systemClock,
  TICKET_ID_BYTES,
  TICKET_LIFETIME_MS,
  type Ticket,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { TicketGate, type TicketGateOptions } from './ticket-gate.ts'

const EGRESS = 'this-egress'
const signaling = nodePrimitives.ed25519.generate()
const START = 1_800_000_000_000

describe('TicketGate', () => {
  let now: number
  beforeEach(() => {
    now = START
  })

  const gate = (options: Partial<TicketGateOptions> = {}) =>
    new TicketGate({
      ticketKey: () => signaling.publicKey,
      egress: EGRESS,
      primitives: nodePrimitives,
      clock: { ...systemClock, wallNow: () => now },
      ...options,
    })
  const ticket = (claims: Partial<Ticket> = {}, secretKey = signaling.secretKey) =>
    signTicket(
      {
        version: PROTOCOL_VERSION,
        id: nodePrimitives.randomBytes(TICKET_ID_BYTES),
        egress: EGRESS,
        expiresAt: now + TICKET_LIFETIME_MS,
        ...claims,
      },
      nodePrimitives.ed25519.signer(secretKey),
    )
  const statusOf = (gate: TicketGate, text: string | null) => {
    const admission = gate.admit(text)
    return admission.type === 'admitted' ? 'admitted' : admission.refusal.status
  }

  it('admits a good ticket and says what it allows', () => {
    const id = nodePrimitives.randomBytes(TICKET_ID_BYTES)
    expect(gate().admit(ticket({ id }))).toMatchObject({ type: 'admitted', ticket: { id, egress: EGRESS } })
  })

  it.each([null, ''])('refuses no ticket: %j', (text) => {
    expect(statusOf(gate(), text)).toBe(401)
  })

  it('refuses a ticket signed by somebody else', () => {
    const forger = nodePrimitives.ed25519.generate()
    expect(statusOf(gate(), ticket({}, forger.secretKey))).toBe(401)
  })

  it('refuses a ticket in which any byte was changed, and any other text', () => {
    const guarded = gate()
    const good = Buffer.from(ticket(), 'base64url')
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(good, (byte, index) => (index === at ? byte ^ change : byte))
        expect(statusOf(guarded, encodeBase64Url(changed))).toBe(401)
      }),
    )
    fc.assert(fc.property(fc.string({ maxLength: 3_000 }), (text) => statusOf(guarded, text) === 401))
  })

  it('refuses a ticket for another egress', () => {
    expect(statusOf(gate(), ticket({ egress: 'another' }))).toBe(403)
  })

  it('refuses an expired ticket', () => {
    const text = ticket()
    now += TICKET_LIFETIME_MS
    expect(statusOf(gate(), text)).toBe(403)
  })

  it('admits a ticket once, and still refuses it after it may be forgotten', () => {
    const guarded = gate()
    const text = ticket()
    expect(statusOf(guarded, text)).toBe('admitted')
    expect(statusOf(guarded, text)).toBe(409)
    now += TICKET_LIFETIME_MS - 1
    expect(statusOf(guarded, text)).toBe(409)
    now += 1
    expect(statusOf(guarded, text)).toBe(403)
  })

  it('refuses everybody while it does not know the key', () => {
    let key: Uint8Array | undefined
    const guarded = gate({ ticketKey: () => key })
    const text = ticket()
    expect([guarded.ready, statusOf(guarded, text)]).toEqual([false, 503])
    key = signaling.publicKey
    expect([guarded.ready, statusOf(guarded, text)]).toEqual([true, 'admitted'])
  })

  it('remembers no more used tickets than it may, and makes room as they expire', () => {
    const guarded = gate({ maxUsed: 3 })
    const texts = Array.from({ length: 4 }, () => ticket())
    expect(texts.map((text) => statusOf(guarded, text))).toEqual(['admitted', 'admitted', 'admitted', 503])
    // Being full lets no used ticket in again.
    expect(statusOf(guarded, texts[0] ?? null)).toBe(409)
    now += TICKET_LIFETIME_MS
    expect(statusOf(guarded, ticket())).toBe('admitted')
  })

  it('keeps no ticket that it refused', () => {
    const guarded = gate({ maxUsed: 1 })
    for (let index = 0; index < 100; index++) statusOf(guarded, ticket({ egress: 'another' }))
    expect(statusOf(guarded, ticket())).toBe('admitted')
  })
})
