import type { MinuteRow } from './status-store.ts'

/** How far back a summary goes, and into how long pieces it is cut. */
export interface Span {
  readonly minutes: number
  readonly pieceMinutes: number
}

export const DAY: Span = { minutes: 24 * 60, pieceMinutes: 20 }
export const MONTH: Span = { minutes: 30 * 24 * 60, pieceMinutes: 8 * 60 }

/** The middle of some figures, and what one in ten is below and above. */
export interface Spread {
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
  /** Of the probes; from 0 to 1. */
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
const RECENT_MINUTES = 5

/** `rows` in the order of time; `minute` is the current one. */
export function summarize(rows: readonly MinuteRow[], minute: number, span: Span): Summary {
  const { minutes, pieceMinutes } = span
  const last = Math.floor(minute / pieceMinutes)
  const first = last - minutes / pieceMinutes + 1
  const rowsOfPieces: MinuteRow[][] = Array.from({ length: minutes / pieceMinutes }, () => [])
  for (const row of rows) rowsOfPieces[Math.floor(row.minute / pieceMinutes) - first]?.push(row)
  return {
    span,
    pieces: rowsOfPieces.map((rows, index) => ({
      start: (first + index) * pieceMinutes,
      ...figuresOf(rows),
    })),
    whole: figuresOf(rowsOfPieces.flat()),
  }
}

/** What the probes of the last few minutes say. */
export function conditionOf(rows: readonly MinuteRow[], minute: number): Condition {
  const recent = rows.filter((row) => row.minute > minute - RECENT_MINUTES)
  const outcomes = recent.flatMap(({ probe }) => probe?.outcome ?? [])
  if (outcomes.length === 0) return 'unknown'
  return outcomes.includes('ok') ? 'working' : 'failing'
}

function figuresOf(rows: readonly MinuteRow[]): Figures {
  const counted = rows.filter(({ bridges }) => bridges !== undefined)
  const probes = rows.flatMap(({ probe }) => probe ?? [])
  const succeeded = probes.filter(({ outcome }) => outcome === 'ok').length
  return {
    bridges: spreadOf(counted.flatMap(({ bridges }) => bridges ?? []))?.median,
    people: counted.length === 0 ? undefined : counted.reduce((sum, { people }) => sum + people, 0),
    probes: probes.length,
    success: probes.length === 0 ? undefined : succeeded / probes.length,
    connectMs: spreadOf(probes.flatMap(({ connectMs }) => connectMs ?? [])),
    bytesPerSecond: spreadOf(probes.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? [])),
  }
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number | undefined => sorted[Math.round(share * (sorted.length - 1))]
  const [low, median, high] = [at(0.1), at(0.5), at(0.9)]
  if (low === undefined || median === undefined || high === undefined) return undefined
  return { low, median, high }
}
