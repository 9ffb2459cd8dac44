import { type NatClass, systemClock } from '@footbridge/shared'
import { Reachability } from './reachability.ts'

/** Of a client that knows this of its NAT. */
export function reachability(nat?: NatClass): Reachability {
  return new Reachability({ clock: systemClock, nat: () => nat })
}

/** An answer from a bridge to which there is no way. */
export const DEAD_END: string = [
  'v=0',
  'o=- 1 2 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=ice-ufrag:sXP5',
  'a=ice-pwd:XHzk0sYx2rkmpfRvHRVhPqCU',
  'a=fingerprint:sha-256 7B:8B:F0:65',
  'a=setup:active',
  'a=mid:0',
].join('\r\n')
