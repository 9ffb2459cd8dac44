import { concat, type Datagram } from '@footbridge/shared'
import { encodeAddress, readAddress } from './socks5.ts'

/** The header of UDP datagrams between an app and a SOCKS5 proxy (RFC 1928, section 7), without I/O. */

/** Reserved (2), fragment (1); address and port follow. */
const HEADER = Uint8Array.of(0, 0, 0)

/** What the app wants sent; `undefined` for what is none or is a fragment, which the RFC lets proxies drop. */
export function parseDatagram(bytes: Uint8Array): Datagram | undefined {
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0) return undefined
  const address = readAddress(bytes)
  if (address === undefined || address === 'unknown') return undefined
  return { ...address.target, data: bytes.subarray(address.end) }
}

/** What the app is to get. */
export function encodeDatagram({ host, port, data }: Datagram): Uint8Array {
  return concat(HEADER, encodeAddress({ host, port }), data)
}
