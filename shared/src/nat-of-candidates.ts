import type { NatClass } from './nat-class.ts'
import { MAX_CANDIDATES } from './sdp.ts'

// As `sanitizeCandidate` writes it: foundation, then address and port of a server-reflexive one.
const REFLEXIVE = /^candidate:(\S+) \d+ udp \d+ (\S+ \d+) typ srflx/i

/**
 * What the candidates of one peer, as they come, tell of its NAT: strict if two STUN servers have seen one of its sockets as
 * two, else nothing. Candidates of one foundation are of one socket where all STUN servers share a foundation, as in
 * Chromium; browsers that give each server one of its own (RFC 8445, 5.1.1.3) do not tell.
 */
export class CandidateNat {
  /** Foundation and endpoint, of each socket as it was seen first. At most `MAX_CANDIDATES`. */
  #seen: readonly string[] = []
  #isStrict = false

  get nat(): NatClass | undefined {
    return this.#isStrict ? 'strict' : undefined
  }

  add(candidate: string): void {
    const [, foundation, endpoint] = REFLEXIVE.exec(candidate) ?? []
    if (foundation === undefined) return
    // A text of its own: a part of another one keeps all of that in memory, here a whole description.
    const seen = [foundation, endpoint].join(' ')
    const before = this.#seen.find((other) => other.startsWith(`${foundation} `))
    if (before !== undefined) this.#isStrict ||= before !== seen
    // Not pushed, which sets room aside for sixteen more: there is one of these for each pairing, with one entry as a rule.
    else if (this.#seen.length < MAX_CANDIDATES) this.#seen = this.#seen.concat(seen)
  }
}

/** The same of all of them at once. */
export function natOfCandidates(candidates: Iterable<string>): NatClass | undefined {
  const known = new CandidateNat()
  for (const candidate of candidates) known.add(candidate)
  return known.nat
}

/** The candidates that a description holds, as lines of their own. */
export function candidatesOf(sdp: string): string[] {
  return sdp.split('\r\n').flatMap((line) => (line.startsWith('a=candidate:') ? [line.slice(2)] : []))
}
