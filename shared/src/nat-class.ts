/**
 * How a NAT treats what a peer sends and hears by UDP (RFC 4787), as far as it decides who can meet whom:
 * - `open`: one mapping for all destinations, and whoever the peer has sent to may answer from any port
 * - `restricted`: one mapping for all destinations, but only the very port the peer has sent to may answer
 * - `strict`: another mapping for each destination
 *
 * A strict peer meets open ones only; all other pairs connect.
 */
export type NatClass = 'open' | 'restricted' | 'strict'

export const NAT_CLASSES: ReadonlySet<string> = new Set<NatClass>(['open', 'restricted', 'strict'])

/** Whether two peers may need a relay between them: one is strict, and the other is not known to be open. */
export function needRelay(one: NatClass | 'unknown', other: NatClass | 'unknown'): boolean {
  return (one === 'strict' && other !== 'open') || (other === 'strict' && one !== 'open')
}
