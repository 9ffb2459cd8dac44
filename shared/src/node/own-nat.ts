import { networkInterfaces } from 'node:os'
import type { Clock } from '../clock.ts'
import type { NatClass } from '../nat-class.ts'
import { probeNat } from './nat-probe.ts'

export interface OwnNatOptions {
  /** `stun:host:port` */
  readonly stun: readonly string[]
  readonly clock: Clock
  readonly probe?: typeof probeNat
  /** The addresses of this machine: others are another network, with another NAT. */
  readonly addresses?: () => string
}

/** A NAT may be replaced or set up otherwise while the machine stays where it is. */
const VALID_MS = 3_600_000

/** The class of the NAT of this machine: measured in the background, and again when it is asked for and may have changed. */
export class OwnNat {
  readonly #options: Required<OwnNatOptions>
  readonly #closing = new AbortController()
  #addresses = ''
  #class: NatClass | undefined
  #measuredAt = Number.NEGATIVE_INFINITY
  #measuring: Promise<void> | undefined

  constructor(options: OwnNatOptions) {
    this.#options = { probe: probeNat, addresses: ownAddresses, ...options }
  }

  /** What is known now. Never waits. */
  get class(): NatClass | undefined {
    this.#measureIfDue()
    return this.#class
  }

  /** Resolves once it is known, or known not to be known. */
  async measured(): Promise<void> {
    this.#measureIfDue()
    await this.#measuring
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closing.abort()
  }

  #measureIfDue(): void {
    const { clock, addresses } = this.#options
    if (this.#measuring !== undefined || this.#closing.signal.aborted) return
    const here = addresses()
    if (here === this.#addresses && clock.now() < this.#measuredAt + VALID_MS) return
    // What was known of another network says nothing here.
    if (here !== this.#addresses) this.#class = undefined
    this.#addresses = here
    this.#measuring = this.#measure()
  }

  async #measure(): Promise<void> {
    const { probe, stun, clock } = this.#options
    try {
      this.#class = await probe(stun, this.#closing.signal)
    } catch {
      // Closed meanwhile, or there is no socket to be had: it stays unknown.
    }
    this.#measuredAt = clock.now()
    this.#measuring = undefined
  }
}

function ownAddresses(): string {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .sort()
    .join()
}
