import type { ClientStatus } from './client.ts'
import type { Trouble } from './path-pool.ts'
import type { Traffic } from './traffic-meter.ts'

/** One line for a person: how the client is doing, and what that means for them. */
export function describeStatus(status: ClientStatus): string {
  return status.isOutdated && status.state !== 'closed'
    ? `${describeState(status)} (the link is out of date: ask for a new one if this does not change)`
    : describeState(status)
}

function describeState({ state, paths, trouble }: ClientStatus): string {
  switch (state) {
    case 'connected':
      return `connected through ${describePaths(paths)}`
    case 'closed':
      return 'stopped'
    case 'connecting':
      return trouble === undefined
        ? 'looking for a volunteer'
        : `looking for a volunteer: ${describeTrouble(trouble)}`
    case 'waiting':
      return 'no volunteer left, looking for another: connections wait up to half a minute'
  }
}

/** The same with what is going on now, for a line that is written again and again. */
export function describeTraffic({ sent, received, sentRate, receivedRate }: Traffic): string {
  const up = `${formatBytes(sentRate)}/s (${formatBytes(sent)})`
  return `down ${formatBytes(receivedRate)}/s (${formatBytes(received)}), up ${up}`
}

/** Bytes for people: three digits or fewer. */
export function formatBytes(bytes: number): string {
  const [unit, size] = UNITS.find(([, size]) => bytes >= size) ?? ['B', 1]
  const value = bytes / size
  return `${size > 1 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`
}

const UNITS = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const

/** Says what is no volunteer's browser. */
function describePaths(paths: ClientStatus['paths']): string {
  const standing = paths.filter(({ carrier }) => carrier === 'websocket').length
  const volunteers = paths.length - standing
  const counts = [
    ...(volunteers > 0 || standing === 0 ? [counted(volunteers, 'volunteer')] : []),
    ...(standing > 0 ? [`${counted(standing, 'standing bridge')} by WebSocket`] : []),
  ].join(' and ')
  return volunteers > 0 || standing === 0
    ? counts
    : `${counts}: no volunteer can be reached, UDP may be blocked`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function describeTrouble(trouble: Trouble): string {
  switch (trouble) {
    case 'no-bridge':
    case 'limit':
      return 'nobody can help right now, trying again'
    case 'version':
      return 'the network no longer speaks this version; upgrade'
    case 'old-network':
      return 'the network speaks older versions only; use an earlier version of this program'
    default:
      return 'the network cannot be reached, trying again'
  }
}
