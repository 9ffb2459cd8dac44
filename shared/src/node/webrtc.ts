import { setSctpSettings } from 'node-datachannel'
import polyfill from 'node-datachannel/polyfill'
import SimplePeer from 'simple-peer'
import type { WebRtc } from '../rendezvous-peer.ts'

// libdatachannel's default buffers send 0.95 MB/s at 100 ms round-trip time; these about 25.
const SCTP_BUFFER_BYTES = 4_194_304

/** node-datachannel's polyfill, with what simple-peer expects of a browser and does not find there. */
class NodePeerConnection extends polyfill.RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    // A browser ends its candidates with an event without one; without that, simple-peer waits for its timeout.
    this.addEventListener('icegatheringstatechange', () => {
      if (this.iceGatheringState !== 'complete') return
      const listener = this.onicecandidate as ((event: { candidate: null }) => void) | null
      listener?.({ candidate: null })
    })
  }

  // libdatachannel takes in the description first and its candidates after; told at once that no more will come,
  // its ICE agent may find that it has none at all and give up in between.
  override setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    return super.setRemoteDescription({ type, sdp: sdp?.replace(/^a=end-of-candidates\r?\n/m, '') ?? '' })
  }

  // simple-peer assigns to `sdp`, which the polyfill's descriptions do not allow.
  override async createOffer(): Promise<RTCSessionDescriptionInit> {
    const { type, sdp } = await super.createOffer()
    return { type, sdp }
  }

  override async createAnswer(): Promise<RTCSessionDescriptionInit> {
    const { type, sdp } = await super.createAnswer()
    return { type, sdp }
  }
}

let shared: WebRtc | undefined

/** WebRTC for Node: simple-peer over libdatachannel. */
export function nodeWebRtc(): WebRtc {
  if (shared === undefined) {
    setSctpSettings({ sendBufferSize: SCTP_BUFFER_BYTES, recvBufferSize: SCTP_BUFFER_BYTES })
    shared = {
      SimplePeer: SimplePeer as unknown as WebRtc['SimplePeer'],
      wrtc: { ...polyfill, RTCPeerConnection: NodePeerConnection },
    }
  }
  return shared
}
