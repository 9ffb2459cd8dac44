import {
  type ClientOfferMessage,
  type Clock,
  FootbridgeError,
  isFootbridgeError,
  type Primitives,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { AddressLimits } from './address-limits.ts'
import { parseCounts, type UntoldCounts } from './cluster-counts.ts'
import { ClusterDesk } from './cluster-desk.ts'
import { ClusterGuests } from './cluster-guests.ts'
import { Instances, toldRooms } from './cluster-instances.ts'
import {
  type ClusterMessage,
  encodeClusterMessage,
  MAX_ROOMS,
  parseClusterMessage,
} from './cluster-message.ts'
import { chooseInstance } from './cluster-room.ts'
import { ClusterSeal, INSTANCE_ID_CHARS } from './cluster-seal.ts'
import { holderOfShare } from './cluster-share.ts'
import type { Limits } from './limits.ts'
import type { Observations } from './observations.ts'
import { type RedisClient, RedisLink } from './redis-link.ts'
import type { IntroducesClients, Rendezvous } from './rendezvous.ts'
import type { ShownBridges } from './shown-bridges.ts'

export interface ClusterOptions {
  readonly redis: string
  /** Id of this instance, which all ids of its bridges start with. */
  readonly id: string
  /** Its public origin. */
  readonly url: string
  readonly rendezvous: Pick<Rendezvous, 'fromClient' | 'leave' | 'report' | 'summary' | 'roomOf'>
  /** What counts against these limits here, for the other instances. */
  readonly untold: UntoldCounts
  readonly addressLimits: Pick<AddressLimits, 'charge'>
  readonly shown: Pick<ShownBridges, 'merge'>
  /** base64url */
  readonly ticketKey: string
  readonly ticketSecret: Uint8Array
  readonly limits: Limits
  readonly observations: Pick<Observations, 'refused'>
  readonly primitives: Primitives
  readonly clock: Clock
  readonly log: Log
}

const BEAT_MS = 500
/** Time that a further beat has. */
const ANSWER_GRACE_MS = 1_000
// Instances of another version of these messages do not meet: each version serves its own bridges.
const PREFIX = 'footbridge:1:'
const ALL = `${PREFIX}all`
const TICKET_KEY = `${PREFIX}ticket-key`
/** Time without any instance after which another ticket key may come. */
const TICKET_KEY_LIFETIME_S = 10

/**
 * Signaling servers that serve one network together. Each holds sockets of its own and matches the bridges on them alone,
 * so none is ever given twice; through Redis they tell each other how much room they have, and pass on offers for
 * which there is more room elsewhere. Nothing about people is stored there: all of it is published, and sealed.
 */
export class Cluster {
  readonly #options: ClusterOptions
  readonly #seal: ClusterSeal
  readonly #link: RedisLink
  readonly #instances = new Instances()
  readonly #desk: ClusterDesk
  readonly #guests: ClusterGuests
  #beating: NodeJS.Timeout | undefined
  #leaving = false

  constructor(options: ClusterOptions) {
    const { id, rendezvous, limits, clock, log } = options
    this.#options = options
    this.#seal = new ClusterSeal(id, options.ticketSecret, options.primitives)
    const answerMs = limits.maxAttempts * limits.answerTimeoutMs + ANSWER_GRACE_MS
    this.#desk = new ClusterDesk({
      own: id,
      rendezvous,
      choose: (offer, tried) => this.#choose(offer, tried),
      send: (instance, message) => this.#send(instance, message),
      report: (bridgeIds) => this.#report(bridgeIds),
      passOnMs: limits.answerTimeoutMs,
      answerMs,
      pairingLifetimeMs: limits.pairingLifetimeMs,
      maxOffersPerClient: limits.maxOffersPerClient,
      observations: options.observations,
      clock,
    })
    this.#guests = new ClusterGuests({
      rendezvous,
      tell: (instance, client, message) => this.#send(instance, { type: 'tell', client, message }),
      lifetimeMs: answerMs + limits.pairingLifetimeMs,
      maxGuests: limits.maxSockets,
      clock,
    })
    this.#link = new RedisLink({
      url: options.redis,
      channels: [ALL, PREFIX + id],
      greet: (client) => this.#checkTicketKey(client),
      up: () => this.#announce(),
      down: () => this.#loseAll(),
      message: (channel, bytes) => this.#receive(channel, bytes),
      log,
    })
  }

  /** What clients of this instance are served by. */
  get desk(): IntroducesClients {
    return this.#desk
  }

  /** Whether this instance serves nobody but its own. */
  get isAlone(): boolean {
    return !this.#link.isUp
  }

  /** Instances that are there, this one included. */
  get size(): number {
    return this.#instances.size
  }

  /** Whether this instance is the one to take what reached all that are there. */
  isOwn(name: string): boolean {
    const { id, primitives } = this.#options
    return holderOfShare(new Set([id, ...this.#instances.ids]), name, primitives) === id
  }

  /** Public origins of all instances that are there. */
  get urls(): readonly string[] {
    return this.#instances.urls
  }

  /**
   * Joins the others, or serves alone until Redis can be reached. Throws `usage` if Redis refuses us, or the others sign
   * with another ticket key.
   */
  async join(): Promise<void> {
    await this.#link.open()
    this.#beating = setInterval(() => this.#beat(), BEAT_MS)
  }

  /** Has the others pass nothing on to this instance any more. */
  retire(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#publish(ALL, { type: 'leaving' })
  }

  close(): void {
    clearInterval(this.#beating)
    this.#link.close()
  }

  /** Signed with different keys, a ticket from here would be worth nothing where the descriptor is from there. */
  async #checkTicketKey(client: RedisClient): Promise<void> {
    const { ticketKey } = this.#options
    const expiration = { type: 'EX', value: TICKET_KEY_LIFETIME_S } as const
    const known = await client.set(TICKET_KEY, ticketKey, { condition: 'NX', GET: true, expiration })
    if (known === null || known === ticketKey) return
    throw new FootbridgeError(
      'usage',
      'other instances at this Redis sign with another ticket key: copy ticket.key from the --state of one of them',
    )
  }

  #choose(offer: ClientOfferMessage, tried: ReadonlySet<string>): string | undefined {
    const { id, rendezvous } = this.#options
    if (offer.bridge !== undefined) {
      const instance = instanceOf(offer.bridge)
      return this.#instances.has(instance) ? instance : id
    }
    const rooms = this.#instances.roomsOf(offer.pool)
    // This instance's own is known better than by what it told.
    const room = rendezvous.roomOf(offer.pool)
    if (room) rooms.set(id, room)
    else rooms.delete(id)
    for (const instance of tried) rooms.delete(instance)
    return chooseInstance(id, rooms, offer.nat ?? 'unknown', Math.random)
  }

  #report(bridgeIds: readonly string[]): void {
    const { id, rendezvous } = this.#options
    for (const instance of new Set(bridgeIds.map(instanceOf))) {
      const faulty = bridgeIds.filter((bridgeId) => instanceOf(bridgeId) === instance)
      if (instance === id) rendezvous.report(faulty)
      else if (this.#instances.has(instance)) this.#send(instance, { type: 'report', faulty })
    }
  }

  #send(instance: string, message: ClusterMessage): void {
    if (message.type === 'ask' && message.message.type === 'offer')
      this.#instances.take(instance, message.message.pool)
    this.#publish(PREFIX + instance, message, () => this.#lose(instance))
  }

  #publish(channel: string, message: ClusterMessage, lost: () => void = () => {}): void {
    this.#link.publish(channel, this.#seal.seal(channel, encodeClusterMessage(message))).then(
      (receivers) => {
        if (receivers === 0) lost()
      },
      // A link that is down has lost everybody by itself, one that is full loses this message only.
      () => {},
    )
  }

  #receive(channel: string, bytes: Buffer): void {
    const opened = this.#seal.open(channel, bytes)
    if (!opened || !this.#instances.heard(opened)) return
    const { from } = opened
    // Its own voice proves that messages pass; what it says is no news.
    if (from === this.#options.id) return
    try {
      const message = parseClusterMessage(opened.message)
      if (message) this.#act(from, message)
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      this.#options.log.debug({ err: error }, 'another instance said what makes no sense')
    }
  }

  #act(from: string, message: ClusterMessage): void {
    switch (message.type) {
      case 'announce':
        this.#instances.learn(from, message)
        break
      case 'leaving':
        this.#lose(from)
        break
      case 'ask':
        this.#guests.ask(from, message)
        break
      case 'more':
        this.#guests.more(from, message.client, message.message)
        break
      case 'gone':
        this.#guests.gone(from, message.client)
        break
      case 'tell':
        this.#desk.tell(from, message.client, message.message)
        break
      case 'report':
        this.#options.rendezvous.report(message.faulty)
        break
      case 'counts':
        this.#count(message.text)
    }
  }

  #beat(): void {
    this.#announce()
    this.#tellCounts()
    const silent = this.#instances.beat()
    // Even this instance's own voice does not come back.
    if (silent.includes(this.#options.id)) this.#link.drop()
    for (const instance of silent) this.#lose(instance)
    this.#desk.expire()
    this.#guests.expire()
  }

  #announce(): void {
    if (this.#leaving) return
    const { url, rendezvous } = this.#options
    const rooms = toldRooms(rendezvous.summary())
    for (let at = 0; at === 0 || at < rooms.length; at += MAX_ROOMS) {
      const some = new Map(rooms.slice(at, at + MAX_ROOMS))
      this.#publish(ALL, { type: 'announce', url, rooms: some, ...(at > 0 && { continued: true }) })
    }
    // Fails with the link, which tries again.
    this.#link.client?.expire(TICKET_KEY, TICKET_KEY_LIFETIME_S).catch(() => {})
  }

  #tellCounts(): void {
    const texts = this.#options.untold.take()
    // With nobody there but this instance, nobody has to know.
    if (this.#instances.size <= 1) return
    for (const text of texts) this.#publish(ALL, { type: 'counts', text })
  }

  #count(text: string): void {
    const { addressLimits, shown, clock } = this.#options
    for (const count of parseCounts(text)) {
      if (count.type === 'deed') addressLimits.charge(count.deed, count.address, count.count)
      else shown.merge(count.subnet, count.bridgeId, clock.now())
    }
  }

  #lose(instance: string): void {
    this.#instances.forget(instance)
    this.#desk.lose(instance)
    this.#guests.lose(instance)
  }

  #loseAll(): void {
    for (const instance of this.#instances.ids) this.#lose(instance)
    this.#guests.loseAll()
  }
}

/** The instance that a bridge of this id is at. */
function instanceOf(bridgeId: string): string {
  return bridgeId.slice(0, INSTANCE_ID_CHARS)
}
