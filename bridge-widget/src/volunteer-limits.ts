import { FootbridgeError, MAX_BRIDGE_CAPACITY } from '@footbridge/shared'

/** How much a volunteer gives. What is absent has no limit. */
export interface VolunteerLimits {
  /** Clients at once. One with several paths counts as often. */
  readonly clients: number
  /** Bytes per second, all clients together, both ways together. */
  readonly rate?: number | undefined
  /** Bytes in one day of local time. */
  readonly dayQuota?: number | undefined
  /** Bytes in one month of local time. */
  readonly monthQuota?: number | undefined
  readonly hours?: HoursOfDay | undefined
}

/** Whole hours of local time, 0 to 24: from the first up to the second, past midnight if that is not later. */
export interface HoursOfDay {
  readonly from: number
  readonly to: number
}

/** What the page allows at most. */
export interface LimitBounds {
  readonly clients?: number | undefined
  readonly rate?: number | undefined
}

export const DEFAULT_CAPACITY = 8

/** Longer than any text that `formatLimits` makes. */
const MAX_LIMITS_CHARS = 1_000

/** Throws `usage` for limits that cannot be. */
export function checkLimits({ clients, rate, dayQuota, monthQuota, hours }: VolunteerLimits): void {
  check(areClients(clients), `a bridge takes 1 to ${MAX_BRIDGE_CAPACITY} clients at once`)
  check(rate === undefined || isRate(rate), 'a bridge passes on at least one byte per second')
  check([dayQuota, monthQuota].every(isQuotaOrNone), 'a quota is one byte to 9 PB')
  check(hours === undefined || areHours(hours), 'hours go from one whole hour to another, 0 to 24')
}

/** The volunteer's limits, where they are lower than what the page allows; else that. */
export function lowerLimits(limits: VolunteerLimits, bounds: LimitBounds): VolunteerLimits {
  const { rate = Number.POSITIVE_INFINITY } = bounds
  const lower = Math.min(limits.rate ?? Number.POSITIVE_INFINITY, rate)
  return {
    ...limits,
    clients: Math.min(limits.clients, bounds.clients ?? MAX_BRIDGE_CAPACITY),
    rate: lower === Number.POSITIVE_INFINITY ? undefined : lower,
  }
}

/** Whether `at`, in milliseconds since 1970, is in these hours here. */
export function isWithinHours({ from, to }: HoursOfDay, at: number): boolean {
  const hour = new Date(at).getHours()
  return from < to ? from <= hour && hour < to : from <= hour || hour < to
}

/** For `parseLimits` of a later visit. */
export function formatLimits(limits: VolunteerLimits): string {
  return JSON.stringify(limits)
}

/**
 * What `formatLimits` made, if it did: the text may be anybody's. A limit that makes no sense is left out; `undefined` if
 * nothing makes sense.
 */
export function parseLimits(text: string | null | undefined): VolunteerLimits | undefined {
  const stored = parseRecord(text)
  if (!stored) return undefined
  const { clients, rate, dayQuota, monthQuota, hours } = stored
  return {
    clients: areClients(clients) ? clients : DEFAULT_CAPACITY,
    ...(isRate(rate) && { rate }),
    ...(isQuota(dayQuota) && { dayQuota }),
    ...(isQuota(monthQuota) && { monthQuota }),
    ...(areHours(hours) && { hours: { from: hours.from, to: hours.to } }),
  }
}

function parseRecord(text: string | null | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!text || text.length > MAX_LIMITS_CHARS) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new FootbridgeError('usage', otherwise)
}

function areClients(value: unknown): value is number {
  return isWhole(value) && value >= 1 && value <= MAX_BRIDGE_CAPACITY
}

function isRate(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 1
}

function isQuota(value: unknown): value is number {
  return isWhole(value) && value >= 1
}

function isQuotaOrNone(value: unknown): boolean {
  return value === undefined || isQuota(value)
}

/** From an hour to itself is refused: it could mean all day or none of it. From 0 to 24 is all day. */
function areHours(value: unknown): value is HoursOfDay {
  if (!isRecord(value)) return false
  const { from, to } = value
  if (![from, to].every((hour) => isWhole(hour) && hour >= 0 && hour <= 24)) return false
  return from !== to && !(from === 24 && to === 0)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
