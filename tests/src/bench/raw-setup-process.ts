// The client's WebRTC stack alone, as it sets one connection up: raw-setup-process.ts
import { offerPeer, type RendezvousPeer, systemClock } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { serve } from './program.ts'

let peer: RendezvousPeer
let startedAt: number

serve('', {
  offer: (): Promise<string> =>
    new Promise((resolve) => {
      startedAt = performance.now()
      peer = offerPeer({
        webRtc: nodeWebRtc(),
        clock: systemClock,
        stun: [],
        allowPrivateCandidates: true,
        trickle: false,
        onDescription: resolve,
      })
    }),
  /** Milliseconds from making the offer to the open data channel. */
  accept: async (answer: string): Promise<number> => {
    peer.accept(answer)
    await peer.carrier
    return performance.now() - startedAt
  },
})
