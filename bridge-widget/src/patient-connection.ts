/**
 * The most that closing waits: a connection that is left open keeps a page out of the back/forward cache, one that is not
 * waited for costs one of the budget.
 */
const MOST_GATHERING_MS = 2_000

type Connection = typeof RTCPeerConnection

/**
 * An RTCPeerConnection that is closed once it has gathered its candidates. Chromium (156) never collects one that is closed
 * before, so each would count for good among those that a page may have.
 */
export function patientConnection(Base: Connection): Connection {
  return class extends Base {
    override close(): void {
      if (this.localDescription === null || this.iceGatheringState === 'complete') {
        super.close()
        return
      }
      const timer = setTimeout(() => super.close(), MOST_GATHERING_MS)
      this.addEventListener('icegatheringstatechange', () => {
        if (this.iceGatheringState !== 'complete') return
        clearTimeout(timer)
        super.close()
      })
    }
  }
}
