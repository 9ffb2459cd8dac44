import { BlockList, isIPv6 } from 'node:net'
import { FootbridgeError } from '@footbridge/shared'
import { type ListenAddress, parseListenAddress } from '@footbridge/shared/node'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Where the proxy listens. It asks nobody for a password, so it is for this machine alone. Throws `usage`.
 */
export function parseProxyAddress(text: string): ListenAddress {
  const address = parseListenAddress(text)
  const { host } = address
  if (host === 'localhost' || LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')) return address
  throw new FootbridgeError(
    'usage',
    `the proxy is open to whoever reaches it, so it serves this machine alone: listen on 127.0.0.1:${address.port} or [::1]:${address.port}`,
  )
}
