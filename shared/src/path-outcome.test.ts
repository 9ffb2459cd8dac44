import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_OUTCOME_PAGE_CHARS,
  MAX_PAGE_OUTCOMES,
  type OutcomePage,
  parseOutcomePage,
} from './path-outcome.ts'

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const page: fc.Arbitrary<OutcomePage> = fc.record({
  next: count,
  missed: fc.boolean(),
  outcomes: fc.array(
    fc.record({
      ticket: fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      type: fc.constantFrom('lived' as const, 'ended' as const, 'broke' as const),
      bytes: count,
    }),
  ),
})
const OUTCOME = { ticket: 'A'.repeat(22), type: 'lived', bytes: Number.MAX_SAFE_INTEGER }
const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

describe('a page of outcomes', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(page, (written) => {
        expect(parseOutcomePage(JSON.stringify(written))).toEqual(written)
      }),
    )
  })

  it('may be as full as it gets', () => {
    const outcomes = Array.from({ length: MAX_PAGE_OUTCOMES }, () => OUTCOME)
    const full = { next: Number.MAX_SAFE_INTEGER, missed: false, outcomes }
    expect(parseOutcomePage(JSON.stringify(full)).outcomes).toHaveLength(MAX_PAGE_OUTCOMES)
    const fuller = JSON.stringify({ ...full, outcomes: [...outcomes, OUTCOME] })
    expect(() => parseOutcomePage(fuller)).toThrow(code('too-large'))
    expect(() => parseOutcomePage(' '.repeat(MAX_OUTCOME_PAGE_CHARS + 1))).toThrow(code('too-large'))
  })

  it('is refused if it is anything else', () => {
    const good = { next: 1, missed: false, outcomes: [OUTCOME] }
    for (const bad of [
      null,
      [],
      { ...good, next: -1 },
      { ...good, missed: 'no' },
      { ...good, outcomes: {} },
      { ...good, outcomes: [null] },
      { ...good, outcomes: [{ ...OUTCOME, ticket: 'short' }] },
      { ...good, outcomes: [{ ...OUTCOME, type: 'constructor' }] },
      { ...good, outcomes: [{ ...OUTCOME, bytes: 0.5 }] },
    ]) {
      expect(() => parseOutcomePage(JSON.stringify(bad))).toThrow(code('malformed'))
    }
    expect(() => parseOutcomePage('{')).toThrow(code('malformed'))
  })
})
