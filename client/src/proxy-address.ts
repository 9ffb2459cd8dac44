import { BlockList, isIPv6 } from 'node:net'
import { FootbridgeError } from '@footbridge/shared'
import { type ListenAddress, parseListenAddress } from '@footbridge/shared/node'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

export interface ProxyAddressOptions {
  /** On every address of this machine. */
  readonly lan: boolean
  /** Whoever connects has to give a password. */
  readonly hasPassword: boolean
}

/** Where the proxy listens. Where others reach it, it has to ask for a password. Throws `usage`. */
export function parseProxyAddress(text: string, { lan, hasPassword }: ProxyAddressOptions): ListenAddress {
  const given = parseListenAddress(text)
  const address = lan ? { host: '', port: given.port } : given
  if (hasPassword || isLoopbackHost(address.host)) return address
  throw new FootbridgeError(
    'usage',
    `others would reach the proxy, so give it a password with --password-file FILE, or listen on 127.0.0.1:${address.port} or [::1]:${address.port}`,
  )
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}
