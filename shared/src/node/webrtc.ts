import { setSctpSettings } from 'node-datachannel'
import polyfill from 'node-datachannel/polyfill'
import SimplePeer from 'simple-peer'
import type { WebRtc } from '../rendezvous-peer.ts'

// libdatachannel's default buffers send 0.95 MB/s at 100 ms round-trip time; these about 25.
const SCTP_BUFFER_BYTES = 4_194_304

/** Time for an answer to reach the offerer. */
const ANSWER_TRAVEL_MS = 250

const CANDIDATE_LINES = /^a=candidate:.*\r?\n/gm

/** A browser's host candidate. libdatachannel would ask the DNS for the name, which no DNS server knows. */
const MDNS_CANDIDATE = /^candidate:(?:\S+ ){4}\S+\.local /i

/** node-datachannel's polyfill, with what simple-peer expects of a browser and does not find there. */
class NodePeerConnection extends polyfill.RTCPeerConnection {
  #answered: Promise<void> | undefined

  constructor(configuration?: RTCConfiguration) {
    super({ ...configuration, iceServers: configuration?.iceServers?.map(escapeCredentials) ?? [] })
    // A browser ends its candidates with an event without one; without that, its end is not seen.
    this.addEventListener('icegatheringstatechange', () => {
      if (this.iceGatheringState !== 'complete') return
      const listener = this.onicecandidate as ((event: { candidate: null }) => void) | null
      listener?.({ candidate: null })
    })
  }

  /**
   * An answerer starts its connectivity checks before the offerer has the answer, and if it connects so early, its
   * DTLS handshake is too: libdatachannel drops the first flight (which costs a second) or fails to verify it. So
   * the offer's candidates are used a little later; meanwhile the offerer's own checks are answered, which is enough
   * to connect wherever they get through.
   */
  override async setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    if (type === 'offer') this.#answered = new Promise((resolve) => setTimeout(resolve, ANSWER_TRAVEL_MS))
    // Told at once that no more candidates will come, its ICE agent may find that it has none at all and give up.
    const bare = sdp.replace(CANDIDATE_LINES, '').replace(/^a=end-of-candidates\r?\n/m, '')
    await super.setRemoteDescription({ type, sdp: bare })
    for (const line of sdp.match(CANDIDATE_LINES) ?? []) {
      // A candidate of a kind unknown to libdatachannel, or too late: nothing is lost.
      this.addIceCandidate({ candidate: line.slice(2).trim(), sdpMid: '0' }).catch(() => {})
    }
  }

  override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
    await this.#answered
    if (this.connectionState === 'closed' || MDNS_CANDIDATE.test(candidate?.candidate ?? '')) return
    await super.addIceCandidate(candidate)
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

/** The polyfill makes a URL of the two, in which the colon and the slash of usual credentials mean something else. */
function escapeCredentials({ username, credential, ...rest }: RTCIceServer): RTCIceServer {
  if (username === undefined || credential === undefined) return rest
  return { ...rest, username: encodeURIComponent(username), credential: encodeURIComponent(credential) }
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
