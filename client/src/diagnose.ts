import type { NetworkDescriptor } from '@footbridge/shared'
import type { Finding } from './finding.ts'
import { askServers, checkClock, checkLine, checkNames, checkServers, checkUdp } from './network-checks.ts'

/**
 * Why a network that was tried cannot be reached: the first thing that is wrong, from the nearest on. `undefined` if nothing
 * is, as far as can be told from here.
 */
export async function diagnose(
  network: NetworkDescriptor,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const line = checkLine(network)
  if (line.verdict === 'blocked') return line
  const [answers, udp] = await Promise.all([askServers(network, signal), checkUdp(network, signal)])
  const found = [
    checkNames(network, answers),
    checkClock(answers, Date.now()),
    checkServers(answers),
    udp,
  ] as const
  return found.find((finding) => finding?.verdict === 'blocked')
}
