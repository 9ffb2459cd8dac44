import { MAX_HOST_CHARS } from './constants.ts'
import { FootbridgeError } from './errors.ts'

/** Where a stream leads: a host (name, IPv4 or IPv6 literal without brackets) and a TCP port. */
export interface Target {
  readonly host: string
  readonly port: number
}

// Printable ASCII without separators: what may stand in a DNS name, an IP literal or a zone-less IPv6 address.
const HOST = /^[A-Za-z0-9._:-]+$/

/** The target itself, if it can be one. Throws `too-large` or `malformed`; the text does not quote it. */
export function checkTarget({ host, port }: Target): Target {
  if (host.length > MAX_HOST_CHARS) {
    throw new FootbridgeError('too-large', `a target's host has at most ${MAX_HOST_CHARS} characters`)
  }
  if (!HOST.test(host)) {
    throw new FootbridgeError('malformed', 'a host is empty or has a character that no host name has')
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new FootbridgeError('malformed', 'a port is a whole number from 1 to 65535')
  }
  return { host, port }
}
