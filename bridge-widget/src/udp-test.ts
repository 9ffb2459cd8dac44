import { type Clock, natOfCandidates } from '@footbridge/shared'
import type { UdpTest } from './platform.ts'

/** No STUN server that can be reached takes so long. */
const TIMEOUT_MS = 5_000
/** Once one has answered: what the others have to say of the NAT is worth no longer a wait. */
const AFTERTHOUGHT_MS = 300

export interface UdpTestOptions {
  /** `stun:host:port` */
  readonly stun: readonly string[]
  readonly RTCPeerConnection: typeof RTCPeerConnection
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Asks the STUN servers, all at once, from where this browser is seen: if not one of them answers, UDP does not pass, and
 * no client could be met. Takes one RTCPeerConnection, which is closed at the end, and never rejects. What `signal` has
 * ended, or no connection could be made for, passes: it has told nothing.
 */
export function testUdp({ stun, RTCPeerConnection, clock, signal }: UdpTestOptions): Promise<UdpTest> {
  return new Promise((resolve) => {
    const seen: string[] = []
    let connection: RTCPeerConnection | undefined
    let cancelTimer = (): void => {}
    const end = (passes = seen.length > 0): void => {
      cancelTimer()
      signal.removeEventListener('abort', giveUp)
      connection?.close()
      resolve({ passes, nat: natOfCandidates(seen) })
    }
    const giveUp = (): void => end(true)
    const endAfter = (ms: number): void => {
      cancelTimer()
      cancelTimer = clock.after(ms, () => end())
    }
    signal.addEventListener('abort', giveUp)
    endAfter(TIMEOUT_MS)
    try {
      connection = new RTCPeerConnection({ iceServers: [{ urls: [...stun] }] })
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null) end()
        else if (candidate.type === 'srflx') {
          if (seen.push(candidate.candidate) === 1) endAfter(AFTERTHOUGHT_MS)
        }
      }
      // Without a channel there is nothing to gather for.
      connection.createDataChannel('')
      connection.setLocalDescription().catch(giveUp)
    } catch {
      giveUp()
    }
  })
}
