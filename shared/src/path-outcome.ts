import { FootbridgeError } from './errors.ts'

/** What became of a path, as its egress saw it. A path that carried no authentic packet has none. */
export interface PathOutcome {
  /** Id of the ticket that opened it, base64url. */
  readonly ticket: string
  /**
   * - `lived`: it has carried packets for `PATH_PROVEN_MS`, and goes on
   * - `ended`: before that, in good order or together with its session
   * - `broke`: before that, without a word, while its session lived on over other paths
   */
  readonly type: 'lived' | 'ended' | 'broke'
  /** In packets, both ways, until then. */
  readonly bytes: number
}

/** Outcomes in the order in which they were seen. */
export interface OutcomePage {
  /** To be given as `after` next time. */
  readonly next: number
  /** There were some since `after` that the egress no longer knows. */
  readonly missed: boolean
  readonly outcomes: readonly PathOutcome[]
}

/** Time after which a path counts as one that works. */
export const PATH_PROVEN_MS = 30_000
/** Outcomes on one page. */
export const MAX_PAGE_OUTCOMES = 5_000
/** Longest page, as JSON text. */
export const MAX_OUTCOME_PAGE_CHARS = 1_000_000

const TICKET_ID = /^[A-Za-z0-9_-]{22}$/
const TYPES: ReadonlySet<unknown> = new Set<PathOutcome['type']>(['lived', 'ended', 'broke'])

/** The page in a JSON text. Throws `too-large` or `malformed`. */
export function parseOutcomePage(text: string): OutcomePage {
  if (text.length > MAX_OUTCOME_PAGE_CHARS) {
    throw new FootbridgeError(
      'too-large',
      `a page of outcomes has more than ${MAX_OUTCOME_PAGE_CHARS} characters`,
    )
  }
  const { next, missed, outcomes } = recordOf(parseJson(text))
  if (!isCount(next) || typeof missed !== 'boolean' || !Array.isArray(outcomes)) throw malformed()
  if (outcomes.length > MAX_PAGE_OUTCOMES) {
    throw new FootbridgeError('too-large', `a page has more than ${MAX_PAGE_OUTCOMES} outcomes`)
  }
  return { next, missed, outcomes: outcomes.map(outcomeOf) }
}

function outcomeOf(value: unknown): PathOutcome {
  const { ticket, type, bytes } = recordOf(value)
  if (typeof ticket !== 'string' || !TICKET_ID.test(ticket)) throw malformed()
  if (!TYPES.has(type) || !isCount(bytes)) throw malformed()
  return { ticket, type: type as PathOutcome['type'], bytes }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed()
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw malformed()
  return value as Record<string, unknown>
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function malformed(): FootbridgeError {
  return new FootbridgeError('malformed', 'a page of outcomes is not what it should be')
}
