// The bridge's end of a raw data channel: the WebRTC stack of the headless bridge, and nothing behind it.
import { answerPeer, systemClock } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { CreditPipe } from './credit-pipe.ts'
import { serve } from './program.ts'

/** As much as a path may have in flight. */
const WINDOW_BYTES = 4_194_304

let pipe: Promise<CreditPipe> | undefined

serve('', {
  answer: (offer: string): Promise<string> =>
    new Promise((resolve) => {
      const peer = answerPeer(offer, {
        webRtc: nodeWebRtc(),
        clock: systemClock,
        stun: [],
        allowPrivateCandidates: true,
        trickle: false,
        onDescription: resolve,
      })
      pipe = peer.carrier.then((carrier) => {
        const pipe = new CreditPipe((message) => carrier.send(message), WINDOW_BYTES)
        carrier.start({ packet: (message) => pipe.received(message), close: () => process.exit(1) })
        return pipe
      })
    }),
  /** Sends without end. */
  pour: async (): Promise<void> => {
    void (await pipe)?.send(Number.POSITIVE_INFINITY)
  },
})
