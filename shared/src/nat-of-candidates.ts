import type { NatClass } from './nat-class.ts'

// As `sanitizeCandidate` writes it: foundation, then address and port of a server-reflexive one.
const REFLEXIVE = /^candidate:(\S+) \d+ udp \d+ (\S+ \d+) typ srflx/i

/**
 * What the candidates of one peer tell of its NAT: strict if two STUN servers have seen one of its sockets as two, else
 * nothing. Candidates of one foundation are of one socket where all STUN servers share a foundation, as in Chromium;
 * browsers that give each server one of its own (RFC 8445, 5.1.1.3) do not tell.
 */
export function natOfCandidates(candidates: Iterable<string>): NatClass | undefined {
  const seenAs = new Map<string, string>()
  for (const candidate of candidates) {
    const [, foundation, endpoint = ''] = REFLEXIVE.exec(candidate) ?? []
    if (foundation === undefined) continue
    if ((seenAs.get(foundation) ?? endpoint) !== endpoint) return 'strict'
    seenAs.set(foundation, endpoint)
  }
  return undefined
}

/** The candidates that a description holds, as lines of their own. */
export function candidatesOf(sdp: string): string[] {
  return sdp.split('\r\n').flatMap((line) => (line.startsWith('a=candidate:') ? [line.slice(2)] : []))
}
