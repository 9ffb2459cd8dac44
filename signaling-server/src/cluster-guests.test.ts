import {
  type ClientToServer,
  FootbridgeError,
  type ServerToClient,
  systemClock,
  type UnknownMessage,
} from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { ClusterGuests } from './cluster-guests.ts'
import type { ClientPort } from './rendezvous.ts'
import { OFFER } from './server.test.helper.ts'

const ORIGIN = { address: 'a', subnet: 's' }
const ANSWER = { type: 'answer', offerId: 1, sdp: '', bridgeId: 'b', egress: 'e' } as const

let now: number
let present: Map<ClientPort, (ClientToServer | UnknownMessage)[]>
let told: [string, number, ServerToClient][]
let guests: ClusterGuests

beforeEach(() => {
  now = 0
  present = new Map()
  told = []
  guests = new ClusterGuests({
    rendezvous: {
      fromClient: (client, message) => {
        if (message.type === 'offer' && message.sdp === 'nonsense')
          throw new FootbridgeError('malformed', 'nonsense')
        present.set(client, [...(present.get(client) ?? []), message])
      },
      leave: (client) => present.delete(client),
    },
    tell: (instance, client, message) => told.push([instance, client, message]),
    lifetimeMs: 1_000,
    maxGuests: 2,
    clock: { ...systemClock, now: () => now },
  })
})

function ask(client: number, { trickle = true, instance = 'one', offerId = 1, sdp = OFFER.sdp } = {}): void {
  guests.ask(instance, {
    type: 'ask',
    client,
    trickle,
    origin: ORIGIN,
    message: { ...OFFER, offerId, sdp },
  })
}

describe('ClusterGuests', () => {
  it('takes several offers of one guest for those of one client', () => {
    for (const offerId of [1, 2]) ask(1, { offerId })
    expect([...present.values()].map(({ length }) => length)).toEqual([2])
  })

  it('keeps no more of one instance than the limit, whatever comes from another', () => {
    for (const client of [1, 2, 3]) ask(client)
    ask(1, { instance: 'other' })
    expect(present.size).toBe(3)
    expect(told).toMatchObject([['one', 3, { type: 'refused', reason: 'no-bridge' }]])
  })

  it('refuses what makes no sense, and keeps nobody for that', () => {
    ask(1, { sdp: 'nonsense' })
    expect(told).toMatchObject([['one', 1, { type: 'refused', reason: 'malformed' }]])
    guests.more('one', 1, { type: 'cancel', offerId: 1 })
    expect(present.size).toBe(0)
  })

  it('lets a guest go that has its answer and can hear nothing after it', () => {
    ask(1, { trickle: false })
    ask(2)
    for (const client of present.keys()) client.send(ANSWER)
    expect([...present.keys()].map(({ trickle }) => trickle)).toEqual([true])
  })

  it('lets those go who say nothing for long, and those of a lost instance', () => {
    ask(1)
    now = 500
    ask(2)
    ask(1, { instance: 'other' })
    now = 1_000
    guests.expire()
    expect(present.size).toBe(2)
    guests.lose('other')
    expect(present.size).toBe(1)
    now = 1_500
    guests.expire()
    expect(present.size).toBe(0)
  })
})
