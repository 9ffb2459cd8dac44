import {
  type Endpoint,
  encodeBindingResponse,
  encodeUnknownAttributes,
  parseBindingRequest,
  STUN_CHANGE_REQUEST,
} from '@footbridge/shared/node'

export interface StunAnswer {
  readonly bytes: Uint8Array
  /** It is to be sent from the other port. */
  readonly fromOther: boolean
}

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * The answer to a `datagram` that came from `source` to `here`, while the server has the port of `other` too;
 * `undefined` for all but a STUN request. On the wire, headers included, it is never twice as long as the request: of
 * no use to whoever writes another's address on it.
 *
 * Of RFC 5780 there is what one address can do: an answer from the other port. What it says of ports goes only to those
 * who ask with CHANGE-REQUEST; all others, browsers among them, get the shortest answer there is.
 */
export function answerStun(
  datagram: Uint8Array,
  source: Endpoint,
  here: Endpoint,
  other: Endpoint,
): StunAnswer | undefined {
  const request = parseBindingRequest(datagram)
  if (!request) return undefined
  const { transaction, change, unknown } = request
  const impossible = change?.address ? [STUN_CHANGE_REQUEST, ...unknown] : unknown
  if (impossible.length > 0) {
    return { bytes: encodeUnknownAttributes(transaction, impossible), fromOther: false }
  }
  const fromOther = change?.port === true
  const origin = fromOther ? other : here
  const bytes = encodeBindingResponse({
    transaction,
    mapped: source,
    ...(change && { other, ...(!UNSPECIFIED.has(origin.address) && { origin }) }),
  })
  return bytes && { bytes, fromOther }
}
