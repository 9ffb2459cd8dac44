import type { AttachedPath } from '@footbridge/shared'
import { Associations } from './associations.ts'

/** By what a client reaches a bridge: a data channel to a volunteer, or a WebSocket to a standing bridge. */
export type CarrierKind = 'webrtc' | 'websocket'

export interface BridgeStatus {
  readonly bridgeId: string
  readonly carrier: CarrierKind
  /** Of its quickest path. */
  readonly roundTripMs: number
  /** Paths over this bridge: more than one where packets get lost. */
  readonly associations: number
  /** Bytes on these paths so far. */
  readonly sent: number
  readonly received: number
}

/** One path over a bridge. */
export interface Association {
  /** Absent while it is being attached. */
  path: AttachedPath | undefined
  /** Nothing comes back on it. */
  silent: boolean
}

/** After a bridge took no further path it is not asked for one again for so long. */
const REFUSED_WAIT_MS = 30_000

/** A bridge that carries at least one path of this client. */
export class AttachedBridge {
  readonly id: string
  /** The origin of a standing bridge; absent: it is a volunteer's. */
  readonly standing: string | undefined
  /** The egress has answered over it. */
  isWorking = false
  readonly #wanted: Associations
  readonly #associations: Set<Association> = new Set()
  /** A further path is on its way. */
  #meeting = false
  #askAgainAt = Number.NEGATIVE_INFINITY

  constructor(id: string, mostAssociations: number, standing?: string) {
    this.id = id
    this.standing = standing
    this.#wanted = new Associations(mostAssociations)
  }

  get isEmpty(): boolean {
    return this.#associations.size === 0
  }

  /** Nothing comes back on any of its paths. */
  get isSilent(): boolean {
    for (const { silent } of this.#associations) if (!silent) return false
    return true
  }

  get roundTripMs(): number {
    return this.status?.roundTripMs ?? Number.POSITIVE_INFINITY
  }

  /** `undefined` while none of its paths is in use. */
  get status(): BridgeStatus | undefined {
    const paths = [...this.#associations].flatMap(({ path }) => path?.status() ?? [])
    if (paths.length === 0) return undefined
    return {
      bridgeId: this.id,
      carrier: this.standing === undefined ? 'webrtc' : 'websocket',
      roundTripMs: Math.min(...paths.map(({ roundTripMs }) => roundTripMs)),
      associations: paths.length,
      sent: paths.reduce((sum, { sent }) => sum + sent, 0),
      received: paths.reduce((sum, { received }) => sum + received, 0),
    }
  }

  add(association: Association): void {
    this.#associations.add(association)
  }

  remove(association: Association): void {
    this.#associations.delete(association)
  }

  stalled(now: number): void {
    this.#wanted.stalled(now, this.#associations.size)
  }

  /** Whether it should be asked for one more path. */
  wantsPath(now: number): boolean {
    return !this.#meeting && now >= this.#askAgainAt && this.#associations.size < this.#wanted.wanted
  }

  /** A further path is being asked for. */
  meeting(): void {
    this.#meeting = true
  }

  /** It came, or not. */
  met(attached: boolean, now: number): void {
    this.#meeting = false
    if (!attached) this.refused(now)
  }

  /** A path came to nothing. */
  refused(now: number): void {
    this.#askAgainAt = now + REFUSED_WAIT_MS
  }

  /** When `relax` has something to do. */
  get relaxAt(): number {
    return this.#wanted.relaxAt
  }

  /** Closes paths if fewer will do: silent ones first, then the youngest. */
  relax(now: number): void {
    this.#wanted.relax(now)
    const wellFirst = [...this.#associations].toSorted((a, b) => Number(a.silent) - Number(b.silent))
    for (const { path } of wellFirst.slice(this.#wanted.wanted)) path?.close()
  }

  /** Leaves all its paths. */
  close(): void {
    for (const { path } of [...this.#associations]) path?.close()
  }
}
