// The client's WebRTC stack alone, as it sets one connection up: raw-setup-process.ts
import { offerPeer, type RendezvousPeer } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { serve } from './program.ts'

let peer: RendezvousPeer

serve('', {
  /** The offer, and the milliseconds that it took. */
  offer: (): Promise<{ sdp: string; ms: number }> =>
    new Promise((resolve) => {
      const startedAt = performance.now()
      peer = offerPeer({
        webRtc: nodeWebRtc(),
        stun: [],
        allowPrivateCandidates: true,
        trickle: false,
        onDescription: (sdp) => resolve({ sdp, ms: performance.now() - startedAt }),
      })
    }),
  /** Milliseconds from the answer to the open data channel. */
  accept: async (answer: string): Promise<number> => {
    const startedAt = performance.now()
    peer.accept(answer)
    await peer.carrier
    return performance.now() - startedAt
  },
})
