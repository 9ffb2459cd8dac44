import { type ServerToClient, systemClock } from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { ClusterDesk } from './cluster-desk.ts'
import type { ClusterMessage } from './cluster-message.ts'
import type { ClientPort } from './rendezvous.ts'
import { OFFER, sdp } from './server.test.helper.ts'

const ANSWER = { type: 'answer', offerId: OFFER.offerId, sdp: sdp(2), bridgeId: 'b', egress: 'e' } as const
const REFUSAL = { type: 'refused', offerId: OFFER.offerId, reason: 'no-bridge', retryAfterMs: 1_000 } as const

/** A desk whose own rendezvous has nobody, between other instances of which only what is sent to them is seen. */
class World {
  now = 0
  others: string[] = []
  readonly sent: [string, ClusterMessage][] = []
  readonly heard: ServerToClient[] = []
  readonly client: ClientPort = {
    trickle: true,
    origin: { address: 'a', subnet: 's' },
    send: (message) => this.heard.push(message),
  }
  readonly desk: ClusterDesk = new ClusterDesk({
    own: 'own',
    rendezvous: {
      fromClient: (client, message) => {
        if (message.type === 'offer') client.send({ ...REFUSAL, offerId: message.offerId })
      },
      leave: () => {},
    },
    choose: (_, tried) => this.others.find((id) => !tried.has(id)),
    send: (instance, message) => this.sent.push([instance, message]),
    report: () => {},
    passOnMs: 3_000,
    answerMs: 10_000,
    pairingLifetimeMs: 30_000,
    maxOffersPerClient: 2,
    clock: { ...systemClock, now: () => this.now },
  })

  /** What was sent since the last time. */
  take(): string[] {
    return this.sent.splice(0).map(([instance, message]) => {
      const said = 'message' in message ? ` ${message.message.type}` : ''
      return `${instance}: ${message.type}${said}`
    })
  }
}

let world: World
beforeEach(() => {
  world = new World()
})

describe('ClusterDesk', () => {
  it('asks one instance after the other, and itself in the end', () => {
    world.others = ['a', 'b']
    world.desk.fromClient(world.client, OFFER)
    world.desk.tell('a', 1, REFUSAL)
    expect(world.take()).toEqual(['a: ask offer', 'b: ask offer'])
    world.desk.tell('b', 1, REFUSAL)
    expect(world.take()).toEqual([])
    expect(world.heard).toEqual([REFUSAL])
  })

  it('asks nobody further once the client has waited for long', () => {
    world.others = ['a', 'b']
    world.desk.fromClient(world.client, OFFER)
    world.now = 3_000
    world.desk.tell('a', 1, REFUSAL)
    expect(world.take()).toEqual(['a: ask offer'])
    expect(world.heard).toEqual([REFUSAL])
  })

  it('passes an offer on at once when the instance that has it is gone', () => {
    world.others = ['a', 'b']
    world.desk.fromClient(world.client, OFFER)
    world.desk.lose('a')
    expect(world.take()).toEqual(['a: ask offer', 'b: ask offer'])
    world.desk.tell('b', 1, ANSWER)
    expect(world.heard).toEqual([ANSWER])
  })

  it('takes an offer back that an instance does not answer', () => {
    world.others = ['a']
    world.desk.fromClient(world.client, OFFER)
    world.now = 9_999
    world.desk.expire()
    expect(world.heard).toEqual([])
    world.now = 10_000
    world.desk.expire()
    expect(world.take()).toEqual(['a: ask offer', 'a: more cancel'])
    expect(world.heard).toEqual([REFUSAL])
  })

  it('sends a bridge home that answers too late, and tells the client nothing of it', () => {
    world.others = ['a']
    world.desk.fromClient(world.client, OFFER)
    world.desk.fromClient(world.client, { type: 'cancel', offerId: OFFER.offerId })
    world.desk.tell('a', 1, ANSWER)
    expect(world.take()).toEqual(['a: ask offer', 'a: more cancel', 'a: more cancel'])
    expect(world.heard).toEqual([])
  })

  it('hears of an offer only from the instance that has it', () => {
    world.others = ['a']
    world.desk.fromClient(world.client, OFFER)
    world.desk.tell('b', 1, REFUSAL)
    world.desk.tell('a', 2, REFUSAL)
    expect(world.heard).toEqual([])
  })

  it('keeps no more offers of one client than the limit, until they are over', () => {
    world.others = ['a']
    for (const offerId of [1, 2, 3]) world.desk.fromClient(world.client, { ...OFFER, offerId })
    expect(world.take()).toEqual(['a: ask offer', 'a: ask offer'])
    expect(world.heard).toEqual([{ ...REFUSAL, offerId: 3 }])
    for (const offerId of [1, 2]) world.desk.tell('a', 1, { ...ANSWER, offerId })
    world.now = 30_000
    world.desk.expire()
    world.desk.fromClient(world.client, { ...OFFER, offerId: 4 })
    expect(world.take()).toEqual(['a: ask offer'])
  })

  it('tells each instance once that its client has left', () => {
    world.others = ['a']
    for (const offerId of [1, 2]) world.desk.fromClient(world.client, { ...OFFER, offerId })
    world.take()
    world.desk.leave(world.client)
    expect(world.take()).toEqual(['a: gone'])
  })
})
