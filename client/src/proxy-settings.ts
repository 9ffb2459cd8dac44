import { isIPv6 } from 'node:net'
import type { ListenAddress } from '@footbridge/shared/node'
import { formatListenAddress } from '@footbridge/shared/node'
import type { ProxyPassword } from './proxy-password.ts'

/** Where the file is served with which browsers and systems configure themselves. */
export const PAC_PATH = '/proxy.pac'
export const PAC_CONTENT_TYPE = 'application/x-ns-proxy-autoconfig'

/**
 * A proxy auto-config file that sends everything through the proxy at `address`. Not by SOCKS, with which some browsers
 * look names up themselves; and never directly where the proxy fails.
 */
export function pacFile(address: ListenAddress): string {
  return `function FindProxyForURL(url, host) {
  if (host === 'localhost' || host === '127.0.0.1' || host === '::1' || host === '[::1]') return 'DIRECT'
  return 'PROXY ${formatListenAddress(address)}'
}
`
}

/** Where programs on this machine reach a proxy that listens at `address`. */
export function localAddress({ host, port }: ListenAddress): ListenAddress {
  if (host === '' || host === '::' || host === '0.0.0.0') return { host: '127.0.0.1', port }
  return { host, port }
}

/**
 * The environment variables with which programs use the proxy at `address`. Both spellings: some programs know one,
 * some the other. `socks5h`, not `socks5`: names are to be looked up at the exit.
 */
export function proxyVariables(
  address: ListenAddress,
  password: ProxyPassword | undefined,
): Record<string, string> {
  const authority = `${password === undefined ? '' : `${password.credentials}@`}${formatListenAddress(address)}`
  const variables = {
    ALL_PROXY: `socks5h://${authority}`,
    HTTP_PROXY: `http://${authority}`,
    HTTPS_PROXY: `http://${authority}`,
    NO_PROXY: 'localhost,127.0.0.1,::1',
  }
  const lowerCase = Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value])
  return { ...variables, ...Object.fromEntries(lowerCase) }
}

/** `variables` as lines for a POSIX shell. */
export function shellExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
}

/** Whether `address`, of a connection, is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = isIPv6(address) ? address.replace(/^::ffff:/i, '') : address
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain)
}
