import type { BridgeStats } from './bridge-stats.ts'
import { type BridgeReason, type BridgeState, TRANSITIONS } from './engine-state.ts'
import { parseLimits, type VolunteerLimits } from './volunteer-limits.ts'

/** The one bridge of an origin, as whoever runs it tells the other tabs. */
export interface OriginStatus {
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
  readonly limits: VolunteerLimits | undefined
}

/**
 * ask     whoever runs the bridge is to tell how it is
 * status  how it is
 * limits  a volunteer changed them here; whoever runs it is to heed them
 * off     a volunteer turned it off here, and so everywhere
 */
export type OriginMessage =
  | { readonly type: 'ask' }
  | { readonly type: 'status'; readonly status: OriginStatus }
  | { readonly type: 'limits'; readonly limits: VolunteerLimits }
  | { readonly type: 'off' }

/** Longer than any text that `formatMessage` makes. */
const MAX_MESSAGE_CHARS = 16_384

const REASONS: Readonly<Record<BridgeReason, true>> = {
  'connection-budget': true,
  descriptor: true,
  'month-quota': true,
  'day-quota': true,
  hours: true,
  'save-data': true,
  cellular: true,
  battery: true,
  unreachable: true,
  'no-webrtc': true,
  'udp-blocked': true,
  'censored-country': true,
  version: true,
}

/** For `parseMessage`. */
export function formatMessage(message: OriginMessage): string {
  return JSON.stringify(message)
}

/** What `formatMessage` made, or nothing: whatever runs in this origin can send, other versions of this as well. */
export function parseMessage(text: unknown): OriginMessage | undefined {
  if (typeof text !== 'string' || text.length > MAX_MESSAGE_CHARS) return undefined
  try {
    return messageOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

function messageOf({ type, status, limits }: Fields): OriginMessage | undefined {
  switch (type) {
    case 'ask':
    case 'off':
      return { type }
    case 'limits': {
      const parsed = limitsOf(limits)
      return parsed && { type, limits: parsed }
    }
    case 'status':
      return { type, status: statusOf(status as Fields) }
    default:
      return undefined
  }
}

function statusOf({ state, reason, stats, limits }: Fields): OriginStatus {
  check(typeof state === 'string' && state !== 'off' && Object.hasOwn(TRANSITIONS, state))
  check(reason === undefined || (typeof reason === 'string' && Object.hasOwn(REASONS, reason)))
  return {
    state: state as BridgeState,
    reason: reason as BridgeReason | undefined,
    stats: statsOf(stats as Fields),
    limits: limitsOf(limits),
  }
}

function statsOf({
  clients,
  peopleHelped,
  bytesDown,
  bytesUp,
  since,
  countries,
  total,
}: Fields): BridgeStats {
  return {
    clients: amount(clients),
    peopleHelped: amount(peopleHelped),
    bytesDown: amount(bytesDown),
    bytesUp: amount(bytesUp),
    since: since === undefined ? undefined : amount(since),
    countries: countriesOf(countries),
    total: totalOf(total as Fields),
  }
}

function countriesOf(countries: unknown): string[] {
  check(Array.isArray(countries) && countries.every((country) => /^[A-Z]{2}$/.test(country)))
  return countries as string[]
}

function totalOf({ peopleHelped, bytes, seconds }: Fields): BridgeStats['total'] {
  return { peopleHelped: amount(peopleHelped), bytes: amount(bytes), seconds: amount(seconds) }
}

function limitsOf(limits: unknown): VolunteerLimits | undefined {
  return limits === undefined ? undefined : parseLimits(JSON.stringify(limits))
}

function amount(value: unknown): number {
  check(Number.isFinite(value) && (value as number) >= 0)
  return value as number
}

function check(holds: boolean): void {
  if (!holds) throw new TypeError('not a message of this version')
}
