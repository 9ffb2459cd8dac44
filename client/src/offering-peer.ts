import {
  type NetworkDescriptor,
  offerPeer,
  type RendezvousOptions,
  type RendezvousPeer,
  systemClock,
} from '@footbridge/shared'
import { standingPeer } from './standing-peer.ts'
import type { MeetingRequest } from './way-in.ts'

type OfferingOptions = Omit<RendezvousOptions, 'clock' | 'stun' | 'allowPrivateCandidates'> & {
  readonly signal: AbortSignal
}

/** The client's end of a meeting, whatever the way in: a data channel to come, or a WebSocket to a standing bridge. */
export function offeringPeer(
  { standing }: MeetingRequest,
  { stun, allowPrivateCandidates = false }: NetworkDescriptor,
  options: OfferingOptions,
): RendezvousPeer {
  return standing === undefined
    ? offerPeer({ ...options, clock: systemClock, stun, allowPrivateCandidates })
    : standingPeer(standing, options)
}
