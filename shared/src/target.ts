import { MAX_HOST_CHARS } from './constants.ts'
import { FootbridgeError } from './errors.ts'

/** Where a stream leads: a host (name, IPv4 or IPv6 literal without brackets) and a TCP port. */
export interface Target {
  readonly host: string
  readonly port: number
}

// Printable ASCII without separators: what may stand in a DNS name, an IP literal or a zone-less IPv6 address.
const HOST = /^[A-Za-z0-9._:-]+$/

/** Checks that `value` is a target. Throws `too-large` or `malformed`. */
export function parseTarget(value: unknown): Target {
  if (typeof value !== 'object' || value === null)
    throw new FootbridgeError('malformed', 'a target must be a map')
  const { host, port } = value as Record<string, unknown>
  if (typeof host !== 'string' || host.length === 0) {
    throw new FootbridgeError('malformed', 'a target needs a host')
  }
  if (host.length > MAX_HOST_CHARS) {
    throw new FootbridgeError('too-large', `a target's host has at most ${MAX_HOST_CHARS} characters`)
  }
  if (!HOST.test(host)) throw new FootbridgeError('malformed', 'a host has a character that no host name has')
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new FootbridgeError('malformed', 'a port is a whole number from 1 to 65535')
  }
  return { host, port }
}
