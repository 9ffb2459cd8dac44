import { type ListenAddress, parseListenAddress } from '@footbridge/shared/node'

/**
 * Where the STUN server listens: `given`, nowhere for `off`. If nothing is given, at the address and port of the
 * signaling server, by UDP: unless others reach that through something on this machine, which will not pass on UDP.
 */
export function stunListenAddress(
  given: string | undefined,
  listen: ListenAddress,
  publicUrl: string | undefined,
): ListenAddress | undefined {
  if (given === 'off') return undefined
  if (given !== undefined) return parseListenAddress(given)
  const isBehindProxy = isLoopback(listen.host) && publicUrl !== undefined && !isLoopback(hostOf(publicUrl))
  return isBehindProxy ? undefined : listen
}

/** What the network descriptor says of the STUN server on these ports of the host of `origin`. */
export function stunUrls(origin: string, ports: readonly number[] = []): string[] {
  return ports.map((port) => `stun:${hostOf(origin)}:${port}`)
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127\./.test(host) || /^\[?::1\]?$/.test(host)
}
