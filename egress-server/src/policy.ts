import { FootbridgeError, isPublicAddress } from '@footbridge/shared'

/**
 * Ports no session may reach unless the operator says otherwise. Port 25 takes mail from anybody, so spam sent there
 * gets the egress's address listed within hours. Submission (465, 587) asks for a login, which a spammer would have to
 * steal first, and is how people send their own mail: it stays open.
 */
export const DEFAULT_DENIED_PORTS: ReadonlySet<number> = new Set([25])

const MAX_PORT = 65_535
const PORT_RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/

/** Where this egress connects to. Pure: the same question always gets the same answer. */
export interface Policy {
  allowsPort(port: number): boolean
  /** `address` is an IP literal: the very one that would be connected to, never a name. */
  allowsAddress(address: string): boolean
}

export interface PolicyOptions {
  /** Lets sessions reach the operator's own machine and network: for tests and one-machine networks only. */
  readonly allowPrivateTargets?: boolean
  readonly denyPorts?: ReadonlySet<number>
}

export function createPolicy(options: PolicyOptions = {}): Policy {
  const { allowPrivateTargets = false, denyPorts = DEFAULT_DENIED_PORTS } = options
  return {
    allowsPort: (port) => !denyPorts.has(port),
    allowsAddress: (address) => allowPrivateTargets || isPublicAddress(address),
  }
}

/** Reads a list such as `25,135-139`, or `none`. Throws `usage`. */
export function parsePorts(text: string): ReadonlySet<number> {
  const ports = new Set<number>()
  if (text === 'none') return ports
  for (const part of text.split(',')) {
    const [, first, last = first] = PORT_RANGE.exec(part.trim()) ?? []
    const from = Number(first)
    const to = Number(last)
    if (!(from >= 1 && from <= to && to <= MAX_PORT)) {
      throw new FootbridgeError(
        'usage',
        'ports are numbers from 1 to 65535 or ranges of them, such as 25,135-139',
      )
    }
    for (let port = from; port <= to; port += 1) ports.add(port)
  }
  return ports
}
