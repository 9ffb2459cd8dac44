import {
  type ClientOfferMessage,
  type Clock,
  PROTOCOL_VERSION,
  type WorkDemand,
  WorkPuzzle,
} from '@footbridge/shared'
import { nodePrimitives as primitives } from '@footbridge/shared/node'
import { expect, it } from 'vitest'
import { DEFAULT_LIMITS } from './limits.ts'
import { WorkGate } from './work-gate.ts'

const OFFER: ClientOfferMessage = {
  type: 'offer',
  version: PROTOCOL_VERSION,
  offerId: 1,
  sdp: 'v=0',
  avoid: [],
}

/** A gate that asks everybody for work, on a clock of its own. */
class Harness implements Clock {
  time = 1_800_000_000_000
  readonly gate: WorkGate

  constructor({ key = 1, pending = 1 }: { key?: number; pending?: number } = {}) {
    this.gate = new WorkGate({
      limits: { ...DEFAULT_LIMITS, maxPendingOffers: 1, leastWorkBits: 6, mostWorkBits: 8 },
      key: new Uint8Array(32).fill(key),
      primitives,
      clock: this,
      pendingOffers: () => pending,
    })
  }

  now = (): number => this.time
  wallNow = this.now
  after = (): (() => void) => () => {}

  demand(offer: ClientOfferMessage = OFFER): WorkDemand {
    const demand = this.gate.demandOf(offer)
    if (!demand) throw new Error('nothing was asked for')
    return demand
  }
}

function proven({ challenge, bits }: WorkDemand, offer = OFFER, first = 0): ClientOfferMessage {
  const nonce = new WorkPuzzle(challenge, offer.sdp, primitives).search(bits, first, 1_000_000)
  if (!nonce) throw new Error('no proof was found')
  return { ...offer, challenge, nonce }
}

it('asks for nothing while there is little to do', () => {
  expect(new Harness({ pending: 0 }).gate.demandOf(OFFER)).toBeUndefined()
})

it('lets an offer pass once for a proof', () => {
  const harness = new Harness()
  const offer = proven(harness.demand())
  expect(harness.gate.demandOf(offer)).toBeUndefined()
  expect(harness.gate.demandOf(offer)).toBeDefined()
})

it.each<[string, (offer: ClientOfferMessage) => ClientOfferMessage]>([
  ['for another description', (offer) => ({ ...offer, sdp: 'v=1' })],
  ['with another nonce', (offer) => ({ ...offer, nonce: new Uint8Array(8).fill(255) })],
  ['without a nonce', ({ nonce: _, ...offer }) => offer],
  ['for a challenge with fewer bits', (offer) => ({ ...offer, challenge: changed(offer, 4, 0) })],
  ['for a challenge that nobody made', (offer) => ({ ...offer, challenge: changed(offer, 31, 7) })],
])('takes no proof %s', (_, alter) => {
  const harness = new Harness()
  const offer = proven(harness.demand())
  expect(harness.gate.demandOf(alter(offer))).toBeDefined()
  expect(harness.gate.demandOf(offer)).toBeUndefined()
})

it('takes the proof of a challenge that another server made, with the same key only', () => {
  const offer = proven(new Harness().demand())
  expect(new Harness().gate.demandOf(offer)).toBeUndefined()
  expect(new Harness({ key: 2 }).gate.demandOf(offer)).toBeDefined()
})

it('takes no proof of a challenge that is out of date, and remembers no longer than that', () => {
  const harness = new Harness()
  const [used, late] = [proven(harness.demand()), proven(harness.demand(), OFFER, 1_000_000)]
  expect(harness.gate.demandOf(used)).toBeUndefined()
  for (let seconds = 0; seconds < 90; seconds += 10) {
    expect(harness.gate.demandOf(used)).toBeDefined()
    harness.time += 10_000
  }
  expect(harness.gate.demandOf(late)).toBeDefined()
})

it('takes an easier proof that was begun before it became harder', () => {
  const harness = new Harness()
  const demand = harness.demand()
  harness.time += 1_000
  expect(harness.demand().bits).toBeGreaterThan(demand.bits)
  expect(harness.gate.demandOf(proven(demand))).toBeUndefined()
})

function changed({ challenge = new Uint8Array() }: ClientOfferMessage, at: number, byte: number): Uint8Array {
  return challenge.map((value, index) => (index === at ? byte : value))
}
