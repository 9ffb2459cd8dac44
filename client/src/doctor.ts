import {
  CloseCode,
  type ErrorCode,
  encodeBase64Url,
  isFootbridgeError,
  type NatClass,
  type NetworkDescriptor,
  poolId,
  systemClock,
  withDeadline,
} from '@footbridge/shared'
import { type InvitedNetwork, nodePrimitives, nodeWebRtc } from '@footbridge/shared/node'
import { type FootbridgeClient, openClient } from './client.ts'
import type { Finding } from './finding.ts'
import {
  askServers,
  checkClock,
  checkLine,
  checkNames,
  checkNat,
  checkServers,
  checkUdp,
} from './network-checks.ts'
import { type KnownWayIn, type WayKind, waysInto } from './network-ways-in.ts'
import { Reachability } from './reachability.ts'

/** Time that each way in has to lead to a volunteer. */
const MEETING_TIMEOUT_MS = 20_000
/** Time to reach the exit, by a volunteer or otherwise. */
const EXIT_TIMEOUT_MS = 15_000
/** Time that a page has to come. */
const PAGE_TIMEOUT_MS = 20_000
/** More ways than this are not tried: each keeps a volunteer busy for a moment. */
const MAX_WAYS = 8
const MS_PER_SECOND = 1_000

const NO_PAGE: Finding = {
  step: 'page',
  verdict: 'unknown',
  sentence: 'No page was fetched, as there is no way to one.',
}

export interface DoctorOptions {
  readonly page: URL
  readonly signal: AbortSignal
}

/** Looks at every step from this machine to a page, the nearest first, and tells of each as soon as it is known. */
export async function* examine(
  { network, secret }: InvitedNetwork,
  { page, signal }: DoctorOptions,
): AsyncGenerator<Finding> {
  yield checkLine(network)
  const answers = await askServers(network, signal)
  yield checkNames(network, answers)
  yield checkClock(answers, Date.now())
  const [udp, nat] = await Promise.all([checkUdp(network, signal), checkNat(network, signal)])
  const pool = secret && poolId(secret, nodePrimitives)
  const attempts = await tryWays(network, { pool, nat: natOf(nat), signal })
  // Where no way leads in, the reason is worth more than a list of them.
  const down = attempts.every(isShut) ? checkServers(answers) : undefined
  yield* down === undefined ? attempts.map((attempt) => describeWay(attempt, udp)) : [down]
  yield udp
  yield nat
  yield checkVolunteer(attempts)
  if (attempts.some(({ outcome }) => MAY_LEAD_ON.has(outcome))) {
    yield* goThrough({ network, secret }, { page, signal })
    return
  }
  yield {
    step: 'exit',
    verdict: 'unknown',
    sentence: 'The exit server was not tried, as nothing leads there.',
  }
  yield NO_PAGE
}

/** How a meeting by one way ended. */
type Outcome =
  | 'met'
  | 'no-bridge'
  | 'refused' // signaling has another reason
  | 'unreached' // it brought a volunteer's answer, and no way led there
  | 'late' // neither an end nor a failure in time
  | 'blocked'

/** After these the exit may be reached all the same: by another volunteer, or without one. */
const MAY_LEAD_ON: ReadonlySet<Outcome> = new Set(['met', 'unreached', 'late'])

interface Attempt extends Pick<KnownWayIn, 'kind' | 'server'> {
  readonly outcome: Outcome
  readonly seconds: number
}

interface TryOptions {
  readonly pool: string | undefined
  readonly nat: NatClass | undefined
  readonly signal: AbortSignal
}

/** Meets a volunteer by each way there is, and leaves them at once. */
async function tryWays(network: NetworkDescriptor, { pool, nat, signal }: TryOptions): Promise<Attempt[]> {
  const count = waysInto(network, waysOptions(nat)).length
  return await Promise.all(
    Array.from({ length: Math.min(count, MAX_WAYS) }, async (_, at): Promise<Attempt> => {
      // Options of its own, so that what one way finds out is not put down to another.
      const options = waysOptions(nat)
      const { kind, server, way } = waysInto(network, options)[at] as KnownWayIn
      const startedAt = systemClock.now()
      const outcome = await tryWay(way, options.reachability, pool, signal)
      return { kind, server, outcome, seconds: secondsSince(startedAt) }
    }),
  )
}

function waysOptions(nat: NatClass | undefined) {
  const reachability = new Reachability({ clock: systemClock, nat: () => nat })
  return { webRtc: nodeWebRtc(), reachability }
}

async function tryWay(
  way: KnownWayIn['way'],
  reachability: Reachability,
  pool: string | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(MEETING_TIMEOUT_MS)])
  try {
    const meeting = await way.meet({ avoid: [], faulty: [], pool }, deadline)
    if (meeting.type === 'refused') return meeting.reason === 'no-bridge' ? 'no-bridge' : 'refused'
    meeting.carrier.close(CloseCode.done)
    return 'met'
  } catch (error) {
    signal.throwIfAborted()
    if (reachability.facts.unreached === true) return 'unreached'
    return deadline.aborted || isFootbridgeError(error, 'timeout') ? 'late' : 'blocked'
  } finally {
    way.close()
  }
}

/** These lead to signaling through somebody else's server. */
const THROUGH_OTHERS: ReadonlySet<WayKind> = new Set<WayKind>(['front', 'cache', 'mailbox'])

function isShut({ outcome }: Pick<Attempt, 'outcome'>): boolean {
  return outcome === 'blocked' || outcome === 'late'
}

/** A way that led to nobody in time is not to blame where it may be UDP that kept the volunteer away. */
function describeWay({ kind, server, outcome, seconds }: Attempt, udp: Finding): Finding {
  const step = 'ways in'
  const name = THROUGH_OTHERS.has(kind)
    ? `The way by ${kind} ${server}`
    : `${kind} to signaling server ${server}`
  const facts = { kind, server, outcome, seconds }
  if (outcome === 'late' && udp.verdict === 'blocked') {
    return { step, verdict: 'unknown', sentence: `${name} could not be tried without UDP.`, facts }
  }
  return isShut({ outcome })
    ? { step, verdict: 'blocked', sentence: `${name} does not get through.`, facts }
    : { step, verdict: 'ok', sentence: `${name} works.`, facts }
}

function checkVolunteer(attempts: readonly Attempt[]): Finding {
  const step = 'volunteer'
  const met = attempts.filter(({ outcome }) => outcome === 'met')
  const seconds = Math.min(...met.map((attempt) => attempt.seconds))
  const facts = { tried: attempts.length, met: met.length }
  if (met.length > 0) {
    const sentence = `A volunteer was reached in ${seconds} s.`
    return { step, verdict: 'ok', sentence, facts: { ...facts, seconds } }
  }
  const has = (outcome: Outcome) => attempts.some((attempt) => attempt.outcome === outcome)
  if (has('unreached')) {
    return {
      step,
      verdict: 'blocked',
      sentence: 'Volunteers answer, but no connection to one comes about: this network may block UDP.',
      remedy: 'Try another network, such as a mobile one.',
      facts,
    }
  }
  if (has('no-bridge')) {
    return {
      step,
      verdict: 'blocked',
      sentence: 'Nobody can help right now.',
      remedy: 'Try again in a few minutes; footbridge itself goes on trying.',
      facts,
    }
  }
  if (has('refused')) {
    return {
      step,
      verdict: 'blocked',
      sentence: 'The network wants no connection from this program for now.',
      remedy: 'Try again in a few minutes, or get the newest version.',
      facts,
    }
  }
  return { step, verdict: 'unknown', sentence: 'No volunteer was asked, as no way leads in.', facts }
}

/** The handshake with the exit server, then a page. */
async function* goThrough(
  { network, secret }: InvitedNetwork,
  { page, signal }: DoctorOptions,
): AsyncGenerator<Finding> {
  const pool = secret && encodeBase64Url(secret)
  const client = await openClient(network, { signal, paths: 1, ...(pool !== undefined && { pool }) })
  try {
    const exit = await checkExit(client, signal)
    yield exit
    yield exit.verdict === 'ok' ? await checkPage(client, page, signal) : NO_PAGE
  } finally {
    await client.close()
  }
}

async function checkExit(client: FootbridgeClient, signal: AbortSignal): Promise<Finding> {
  const startedAt = systemClock.now()
  const step = 'exit'
  try {
    await client.connected(AbortSignal.any([signal, AbortSignal.timeout(EXIT_TIMEOUT_MS)]))
    const seconds = secondsSince(startedAt)
    const sentence = `The exit server answers, and is the right one (${seconds} s).`
    return { step, verdict: 'ok', sentence, facts: { seconds } }
  } catch (error) {
    signal.throwIfAborted()
    const sentence = 'The exit server was not reached.'
    return { step, verdict: 'blocked', sentence, facts: { why: codeOf(error) } }
  }
}

async function checkPage(client: FootbridgeClient, page: URL, signal: AbortSignal): Promise<Finding> {
  const startedAt = systemClock.now()
  const step = 'page'
  try {
    const deadline = { signal, timeoutMs: PAGE_TIMEOUT_MS, task: 'fetching a page' }
    const response = await withDeadline(deadline, (signal) =>
      client.fetch(page, { signal, redirect: 'manual' }),
    )
    await response.body?.cancel()
    const seconds = secondsSince(startedAt)
    return { step, verdict: 'ok', sentence: `A page came through in ${seconds} s.`, facts: { seconds } }
  } catch (error) {
    signal.throwIfAborted()
    return {
      step,
      verdict: 'blocked',
      sentence: 'The exit server was reached, but the page did not come.',
      remedy: 'Try another with --page URL: this one may be down, or not allowed.',
      facts: { why: codeOf(error) },
    }
  }
}

function natOf({ facts }: Finding): NatClass | undefined {
  return facts?.nat as NatClass | undefined
}

function secondsSince(startedAt: number): number {
  return Math.max(0.1, Math.round((systemClock.now() - startedAt) / (MS_PER_SECOND / 10)) / 10)
}

/** `fetch` wraps what went wrong. */
function codeOf(error: unknown): ErrorCode | 'other' {
  const cause = error instanceof Error && !isFootbridgeError(error) ? error.cause : error
  return isFootbridgeError(cause) ? cause.code : 'other'
}
