import { MAX_PAGE_OUTCOMES, type OutcomePage, type PathOutcome } from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { OutcomeLedger, OVERDUE_MS, type Pairing, SILENCE_MS } from './outcome-ledger.ts'

const PAIRING: Pairing = { bridgeId: 'a', egress: 'e', subnet: 'here', nat: 'strict', pairedAt: 0 }

const page = (outcomes: readonly PathOutcome[], missed = false): OutcomePage => ({
  next: 9,
  missed,
  outcomes,
})
const outcome = (ticket: string, type: PathOutcome['type'], bytes = 0): PathOutcome => ({
  ticket,
  type,
  bytes,
})
const result = (type: string): unknown => ({ bridgeId: 'a', result: { subnet: 'here', nat: 'strict', type } })

describe('the ledger of outcomes', () => {
  let ledger: OutcomeLedger

  beforeEach(() => {
    ledger = new OutcomeLedger()
  })

  it('puts what the egress saw to the account of the bridge, once', () => {
    ledger.expect('t', PAIRING)
    expect(ledger.settle('e', page([outcome('t', 'lived'), outcome('other', 'lived')]), 1)).toEqual([
      result('worked'),
    ])
    expect(ledger.settle('e', page([outcome('t', 'broke')]), 2)).toEqual([])
  })

  it('tells paths that worked from those that broke off, or ended too soon to tell', () => {
    const types = [outcome('1', 'broke', 100), outcome('2', 'broke', 300_000), outcome('3', 'ended', 100)]
    for (const { ticket } of types) ledger.expect(ticket, PAIRING)
    expect(ledger.settle('e', page(types), 1)).toEqual([
      result('broke'),
      result('worked'),
      result('connected'),
    ])
  })

  it('counts as failed what was never heard of, but only if others from there get through', () => {
    ledger.expect('1', PAIRING)
    expect(ledger.settle('e', page([]), OVERDUE_MS)).toEqual([])
    ledger.expect('2', PAIRING)
    ledger.expect('3', PAIRING)
    ledger.settle('e', page([outcome('2', 'ended')]), 1)
    expect(ledger.settle('e', page([]), OVERDUE_MS - 1)).toEqual([])
    expect(ledger.settle('e', page([]), OVERDUE_MS)).toEqual([result('failed')])
    expect(ledger.settle('e', page([]), 2 * OVERDUE_MS)).toEqual([])
  })

  it('blames nobody when the egress has forgotten, has more to say, or was not to be reached', () => {
    ledger.expect('1', PAIRING)
    ledger.settle('e', page([outcome('1', 'ended')]), 1)
    const full = page(Array.from({ length: MAX_PAGE_OUTCOMES }, () => outcome('other', 'lived')))
    ledger.expect('2', PAIRING)
    expect(ledger.settle('e', full, OVERDUE_MS)).toEqual([])
    expect(ledger.settle('another', page([]), OVERDUE_MS)).toEqual([])
    expect(ledger.settle('e', page([], true), OVERDUE_MS)).toEqual([])
    expect(ledger.settle('e', page([]), OVERDUE_MS)).toEqual([])
  })

  it('waits for an egress that is silent, but not for ever', () => {
    for (const ticket of ['1', '2', '3']) ledger.expect(ticket, { ...PAIRING, pairedAt: Number(ticket) })
    ledger.expect('4', { ...PAIRING, pairedAt: OVERDUE_MS + SILENCE_MS + 3 })
    const outcomes = ['1', '2', '3', '4'].map((ticket) => outcome(ticket, 'lived'))
    expect(ledger.settle('e', page(outcomes), OVERDUE_MS + SILENCE_MS + 4)).toEqual([
      result('worked'),
      result('worked'),
    ])
  })

  it('takes no word of one egress about paths to another', () => {
    ledger.expect('1', PAIRING)
    expect(ledger.settle('another', page([outcome('1', 'broke')]), 1)).toEqual([])
    expect(ledger.settle('e', page([outcome('1', 'lived')]), 1)).toEqual([result('worked')])
  })

  it('expects nothing of what it was told to forget, and no more than it may remember', () => {
    ledger.expect('1', PAIRING)
    ledger.forget('1')
    for (let ticket = 0; ticket <= 100_000; ticket++) ledger.expect(`#${ticket}`, PAIRING)
    const known = [outcome('1', 'lived'), outcome('#0', 'lived'), outcome('#1', 'lived')]
    expect(ledger.settle('e', page(known), 1)).toEqual([result('worked')])
  })
})
