import { networkInterfaces } from 'node:os'
import type { NatClass, NetworkDescriptor } from '@footbridge/shared'
import { probeNat } from '@footbridge/shared/node'
import { askServer, type NoAnswer, type ServerAnswer } from './ask-server.ts'
import { askStun } from './ask-stun.ts'
import type { Finding } from './finding.ts'
import { untilAborted } from './until-aborted.ts'

/** A clock that is wrong by less troubles nobody. */
const CLOCK_TOLERANCE_MS = 600_000
const NAT_TIMEOUT_MS = 5_000
const MS_PER_MINUTE = 60_000
const MINUTES_PER_HOUR = 60
const HOURS_PER_DAY = 24
/** More STUN servers than this say nothing new. */
const MAX_STUN_SERVERS = 4

/** Whether this machine is connected to anything. A network that runs on this very machine needs no other. */
export function checkLine(
  network: NetworkDescriptor,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): Finding {
  const connected = Object.values(interfaces).some((addresses) =>
    addresses?.some(({ internal }) => !internal),
  )
  const isHere = network.signaling.every((origin) => /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(origin))
  if (connected || isHere) {
    return { step: 'line', verdict: 'ok', sentence: 'This machine is connected to a network.' }
  }
  return {
    step: 'line',
    verdict: 'blocked',
    sentence: 'This machine is not connected to any network.',
    remedy: 'Connect it to Wi-Fi or a cable.',
  }
}

/** What the signaling servers say when they are asked plainly; all at once. */
export async function askServers(network: NetworkDescriptor, signal: AbortSignal): Promise<ServerAnswer[]> {
  return await Promise.all(network.signaling.map((origin) => askServer(origin, signal)))
}

/** What the answers say of DNS. */
export function checkNames(network: NetworkDescriptor, answers: readonly ServerAnswer[]): Finding {
  const step = 'names'
  const named = answers.filter((_, at) => !isAddress(network.signaling[at] ?? ''))
  if (named.length === 0) {
    return { step, verdict: 'ok', sentence: 'The network is known by address, so DNS is not needed.' }
  }
  const failures = named.flatMap((answer) => (answer.type === 'failed' ? answer.why : []))
  const unknown = failures.filter((why) => why === 'no-name').length
  const facts = { names: named.length, unknown }
  if (failures.filter((why) => why === 'no-dns').length === named.length) {
    return {
      step,
      verdict: 'blocked',
      sentence: 'No name can be looked up: DNS does not answer.',
      remedy: 'You are offline, or DNS is blocked: check the connection, or set another DNS server.',
      facts,
    }
  }
  if (unknown === named.length) {
    return {
      step,
      verdict: 'blocked',
      sentence: 'DNS says that the servers in your link do not exist.',
      remedy: 'The link is out of date, or DNS lies: ask for a new link, or set another DNS server.',
      facts,
    }
  }
  if (unknown > 0) {
    return {
      step,
      verdict: 'odd',
      sentence: `DNS does not know ${unknown} of ${named.length} servers.`,
      facts,
    }
  }
  return { step, verdict: 'ok', sentence: 'Names can be looked up.', facts }
}

/** How far the clock of this machine is off, going by the servers'. */
export function checkClock(answers: readonly ServerAnswer[], wallNow: number): Finding {
  const step = 'clock'
  const answered = answers.flatMap((answer) => (answer.type === 'answered' ? answer : []))
  const offsets = answered.flatMap(({ wallMs }) => (wallMs === undefined ? [] : wallNow - wallMs))
  // The one that is the closest: others may be wrong themselves.
  const [offMs] = offsets.toSorted((a, b) => Math.abs(a) - Math.abs(b))
  if (offMs === undefined) {
    return { step, verdict: 'unknown', sentence: 'Nobody told what time it is, so the clock is not checked.' }
  }
  if (Math.abs(offMs) <= CLOCK_TOLERANCE_MS) return { step, verdict: 'ok', sentence: 'The clock is right.' }
  const matters = answered.every(({ isAuthentic }) => !isAuthentic)
  return {
    step,
    verdict: matters ? 'blocked' : 'odd',
    sentence: `The clock of this machine is ${formatSpan(offMs)} ${offMs < 0 ? 'behind' : 'ahead'}${
      matters ? ', so that no secure connection succeeds' : ''
    }.`,
    remedy: 'Set date, time and time zone right.',
    facts: { hoursOff: Math.round(offMs / MS_PER_MINUTE / MINUTES_PER_HOUR) },
  }
}

/** Why the signaling servers do not answer even when asked plainly; `undefined` if one does, and is who it should be. */
export function checkServers(answers: readonly ServerAnswer[]): Finding | undefined {
  const answered = answers.flatMap((answer) => (answer.type === 'answered' ? answer : []))
  if (answered.some(({ isAuthentic }) => isAuthentic)) return undefined
  if (answered.length > 0) {
    return {
      step: 'ways in',
      verdict: 'blocked',
      sentence:
        'Somebody else answers in place of the servers in your link: the sign-in page of this Wi-Fi, or a censor.',
      remedy: 'Open any page in a browser to sign in; if that does not help, try another network.',
      facts: { why: 'not-authentic' },
    }
  }
  const [first] = answers.flatMap((answer) => (answer.type === 'failed' ? answer.why : []))
  return {
    step: 'ways in',
    verdict: 'blocked',
    ...NO_ANSWER[first ?? 'other'],
    facts: { why: first ?? 'other' },
  }
}

const ASK_FOR_A_LINK = 'Ask whoever gave you the link for a new one, or try another network.'
const NO_ANSWER: Readonly<Record<NoAnswer, { readonly sentence: string; readonly remedy: string }>> = {
  'no-name': {
    sentence: 'The servers in your link are not known to DNS: the link is out of date, or DNS is censored.',
    remedy: ASK_FOR_A_LINK,
  },
  'no-dns': {
    sentence: 'No name can be looked up: you are offline, or DNS is blocked.',
    remedy: 'Check the connection, or set another DNS server.',
  },
  'no-route': {
    sentence: 'You are offline: nothing leads from this machine to the network.',
    remedy: 'Connect to Wi-Fi or a cable.',
  },
  refused: {
    sentence:
      'The servers in your link refuse connections: they are down, blocked, or the link is out of date.',
    remedy: ASK_FOR_A_LINK,
  },
  cut: {
    sentence: 'Connections to the servers in your link are cut off: most likely they are blocked here.',
    remedy: ASK_FOR_A_LINK,
  },
  silent: {
    sentence:
      'The servers in your link do not answer: you are offline, they are blocked, or the link is out of date.',
    remedy: `Check that other sites open. ${ASK_FOR_A_LINK}`,
  },
  other: {
    sentence: 'The servers in your link do not answer as they should.',
    remedy: ASK_FOR_A_LINK,
  },
}

/** Whether UDP gets out and back, by asking STUN servers. */
export async function checkUdp(network: NetworkDescriptor, signal: AbortSignal): Promise<Finding> {
  const step = 'udp'
  const servers = network.stun.slice(0, MAX_STUN_SERVERS)
  if (servers.length === 0) {
    return { step, verdict: 'unknown', sentence: 'The network names no STUN server to try UDP with.' }
  }
  const answers = await Promise.all(servers.map((url) => askStun(url, signal)))
  const answered = answers.filter(Boolean).length
  const facts = { asked: servers.length, answered }
  if (answered > 0) {
    const sentence = `UDP works: ${answered} of ${servers.length} STUN servers answered.`
    return { step, verdict: answered < servers.length ? 'odd' : 'ok', sentence, facts }
  }
  return {
    step,
    verdict: 'blocked',
    sentence: 'UDP seems to be blocked here: no STUN server answered.',
    remedy: 'Volunteers can hardly be reached without it; try another network, such as a mobile one.',
    facts,
  }
}

const NAT_SENTENCES: Readonly<Record<NatClass, string>> = {
  open: 'Volunteers of every kind can be reached (no NAT, or an open one).',
  restricted: 'Most volunteers can be reached (a restricted NAT).',
  strict: 'Only some volunteers can be reached directly (a strict NAT); others need a relay.',
}

/** Which kind of NAT this machine is behind. */
export async function checkNat(network: NetworkDescriptor, signal: AbortSignal): Promise<Finding> {
  // Without a deadline, names that do not resolve would each take their time.
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(NAT_TIMEOUT_MS)])
  const probing = probeNat(network.stun, deadline).catch(() => undefined)
  const nat = await Promise.race([probing, untilAborted(deadline)])
  if (nat === undefined) {
    return { step: 'nat', verdict: 'unknown', sentence: 'The kind of NAT could not be told.' }
  }
  const verdict = nat === 'strict' ? 'odd' : 'ok'
  return { step: 'nat', verdict, sentence: NAT_SENTENCES[nat], facts: { nat } }
}

function isAddress(origin: string): boolean {
  return /^https?:\/\/(?:\[|[\d.]+(?::\d+)?$|localhost(?::\d+)?$)/.test(origin)
}

function formatSpan(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / MS_PER_MINUTE)
  if (minutes < 2 * MINUTES_PER_HOUR) return `${minutes} minutes`
  const hours = Math.round(minutes / MINUTES_PER_HOUR)
  return hours < 2 * HOURS_PER_DAY ? `${hours} hours` : `${Math.round(hours / HOURS_PER_DAY)} days`
}
