import type { MinuteRow } from './status-store.ts'

/** How far back a summary goes, and into how long pieces it is cut. */
export interface Span {
  readonly minutes: number
  readonly pieceMinutes: number
}

export const DAY: Span = { minutes: 24 * 60, pieceMinutes: 20 }
export const MONTH: Span = { minutes: 30 * 24 * 60, pieceMinutes: 8 * 60 }

/** The middle of some figures, and what one in ten is below and above. */
interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** What is known of a stretch of time. `undefined` where nothing was recorded: that is no zero. */
export interface Figures {
  /** The median, rounded as it was recorded. */
  readonly bridges: number | undefined
  readonly people: number | undefined
  readonly probes: number
  readonly succeeded: number
  /** The share of probes that succeeded, from 0 to 1. */
  readonly success: number | undefined
  readonly connectMs: Spread | undefined
  readonly bytesPerSecond: Spread | undefined
}

export interface Piece extends Figures {
  /** Minutes since 1970. */
  readonly start: number
}

/** A span in pieces, the last of which has just begun, and as a whole. */
export interface Summary {
  readonly span: Span
  readonly pieces: readonly Piece[]
  readonly whole: Figures
}

/** How the network does right now, as far as the last few probes tell. */
export type Condition = 'working' | 'failing' | 'unknown'

/** Probes older than this say nothing of now. */
export const RECENT_MINUTES = 5

/** The starts of the pieces of `span` at `minute`, in the order of time. */
export function startsOf({ minutes, pieceMinutes }: Span, minute: number): number[] {
  const count = minutes / pieceMinutes
  const last = Math.floor(minute / pieceMinutes)
  return Array.from({ length: count }, (_, index) => (last - count + 1 + index) * pieceMinutes)
}

/** What `rows`, those of one piece, come to. */
export function pieceOf(start: number, rows: readonly MinuteRow[]): Piece {
  const counted = rows.filter(({ bridges }) => bridges !== undefined)
  const probes = rows.flatMap(({ probe }) => probe ?? [])
  const succeeded = probes.filter(({ outcome }) => outcome === 'ok').length
  return {
    start,
    bridges: spreadOf(counted.map(({ bridges }) => bridges))?.median,
    people: counted.length === 0 ? undefined : sumOf(counted.map(({ people }) => people)),
    probes: probes.length,
    succeeded,
    success: shareOf(succeeded, probes.length),
    connectMs: spreadOf(probes.map(({ connectMs }) => connectMs)),
    bytesPerSecond: spreadOf(probes.map(({ bytesPerSecond }) => bytesPerSecond)),
  }
}

/** Of what has a median, the whole has the median of those of its pieces: so a month need not be read again each minute. */
export function wholeOf(pieces: readonly Piece[]): Figures {
  const known = pieces.filter(({ people }) => people !== undefined)
  const probes = sumOf(pieces.map((piece) => piece.probes))
  const succeeded = sumOf(pieces.map((piece) => piece.succeeded))
  return {
    bridges: spreadOf(pieces.map(({ bridges }) => bridges))?.median,
    people: known.length === 0 ? undefined : sumOf(known.map(({ people = 0 }) => people)),
    probes,
    succeeded,
    success: shareOf(succeeded, probes),
    connectMs: spreadOf(pieces.map(({ connectMs }) => connectMs?.median)),
    bytesPerSecond: spreadOf(pieces.map(({ bytesPerSecond }) => bytesPerSecond?.median)),
  }
}

/** What `rows`, those of the last few minutes, say. */
export function conditionOf(rows: readonly MinuteRow[]): Condition {
  const outcomes = rows.flatMap(({ probe }) => probe?.outcome ?? [])
  if (outcomes.length === 0) return 'unknown'
  return outcomes.includes('ok') ? 'working' : 'failing'
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function shareOf(part: number, all: number): number | undefined {
  return all === 0 ? undefined : part / all
}

/** `undefined` where no value is known. */
function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = Float64Array.from(values.filter((value) => value !== undefined)).sort()
  const at = (share: number): number | undefined => sorted[Math.round(share * (sorted.length - 1))]
  const [low, median, high] = [at(0.1), at(0.5), at(0.9)]
  if (low === undefined || median === undefined || high === undefined) return undefined
  return { low, median, high }
}
