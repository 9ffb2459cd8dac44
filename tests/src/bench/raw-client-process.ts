// The client's end of the raw pipe: a data channel of the same WebRTC stack as the client's, to a page that relays.
import { offerPeer, systemClock } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { CreditPipe } from './credit-pipe.ts'
import { type EchoOptions, timeTrips } from './echo.ts'
import { serve } from './program.ts'

let describe: (sdp: string) => void = () => {}
const description = new Promise<string>((resolve) => {
  describe = resolve
})
const peer = offerPeer({
  webRtc: nodeWebRtc(),
  clock: systemClock,
  stun: [],
  allowPrivateCandidates: true,
  trickle: false,
  onDescription: (sdp) => describe(sdp),
})
const pipe = peer.carrier.then((carrier) => {
  const pipe = new CreditPipe((message) => carrier.send(message))
  carrier.start({ packet: (message) => pipe.received(message), close: () => process.exit(1) })
  return pipe
})

serve('', {
  offer: () => description,
  accept: async (sdp: string): Promise<void> => {
    peer.accept(sdp)
    await pipe
  },
  send: async (bytes: number) => (await pipe).send(bytes),
  receive: async (bytes: number) => (await pipe).receive(bytes),
  rate: async (span: { warmUpMs: number; ms: number }) => (await pipe).rate(span),
  ping: async (options: EchoOptions): Promise<number[]> => {
    const connected = await pipe
    const message = new Uint8Array(options.bytes)
    return timeTrips(options, () => connected.ping(message))
  },
})
