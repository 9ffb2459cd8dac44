import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { FootbridgeError } from '../errors.ts'
import { explainSystemError, isSystemError } from './system-error.ts'

/** Where a server listens. An empty `host` is every interface; port 0 is any that is free. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const MAX_ADDRESS_CHARS = 300
// A host without colons, or an IPv6 address in brackets; then the port.
const ADDRESS = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>\d{1,5})$/

/** Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `:8080`. Throws `usage`. */
export function parseListenAddress(text: string): ListenAddress {
  const parts = text.length > MAX_ADDRESS_CHARS ? undefined : ADDRESS.exec(text)?.groups
  const port = Number(parts?.port)
  if (parts === undefined || port > 65_535) {
    throw new FootbridgeError(
      'usage',
      'an address to listen on is HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080',
    )
  }
  return { host: parts.ipv6 ?? parts.host ?? '', port }
}

/** The reverse of {@link parseListenAddress}; also the authority part of a URL. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * Binds `server` and resolves to where it listens. Throws `unavailable`, with a sentence on how to mend it, if the port
 * is in use, not permitted or not on this machine.
 */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  server.listen({ port, ...(host !== '' && { host }) })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new FootbridgeError('unavailable', explainSystemError(error), { cause: error })
  }
  const bound = server.address() as AddressInfo
  return { host: bound.address, port: bound.port }
}
