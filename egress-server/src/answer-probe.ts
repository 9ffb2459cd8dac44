import { PROBE_BYTES, PROBE_TARGET, type SessionStream, type Target } from '@footbridge/shared'

const ZEROS = new Uint8Array(16_384)

/** Whether this egress itself is the target; see `PROBE_TARGET`. */
export function isProbeTarget({ host, port }: Target): boolean {
  return host === PROBE_TARGET.host && port === PROBE_TARGET.port
}

/** Sends what a probe measures the network by, as fast as its window allows, and ends. What the probe says is ignored. */
export function answerProbe(stream: SessionStream): void {
  let left = PROBE_BYTES
  const send = () => {
    while (left > 0 && stream.writableBytes > 0) {
      const length = Math.min(left, stream.writableBytes, ZEROS.length)
      stream.write(ZEROS.subarray(0, length))
      left -= length
      if (left === 0) stream.end()
    }
  }
  const ignore = () => {
    while (stream.read()) {
      // Read to be forgotten.
    }
  }
  stream.listen({ readable: ignore, writable: send })
  stream.accept()
  ignore()
  send()
}
