import { MAX_DATAGRAM_BYTES } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { checkTarget, type Target } from './target.ts'

/** One UDP datagram, and where it is to go or where it came from. */
export interface Datagram extends Target {
  readonly data: Uint8Array
}

/**
 * A target inside every egress that relays datagrams: a stream to it is an *association*, which stands for a UDP socket of
 * the egress and lasts as long as the stream. An egress that does not know it finds no such name: `.invalid` is one that
 * DNS never knows (RFC 6761).
 */
export const ASSOCIATION_TARGET: Target = { host: 'udp.footbridge.invalid', port: 1 }

/** The datagram itself, if it can be one. Throws `too-large` or `malformed`. */
export function checkDatagram({ host, port, data }: Datagram): Datagram {
  if (data.length > MAX_DATAGRAM_BYTES) {
    throw new FootbridgeError('too-large', `a datagram has at most ${MAX_DATAGRAM_BYTES} bytes`)
  }
  return { ...checkTarget({ host, port }), data }
}
