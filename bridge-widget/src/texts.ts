import type { BridgeReason, BridgeState } from './engine-state.ts'

/** What the element says. One place, so that another language is one more file like this. */
export const TEXT = {
  heading: 'Be a bridge around censorship',
  description:
    'While this tab stays open, your browser passes on encrypted traffic for people whose network is censored. Turn it off, or close the tab, and it stops.',
  promise: 'You are not an exit node: sites never see your address.',
  failed: 'It could not be turned on:',
  unseen: 'the switch is hidden, faded or covered. Bring it fully into view, then press it again',
  helped: 'Times helped',
  passedOn: 'Passed on',
  since: 'Since',
} as const

const REASON_TEXT: Readonly<Record<BridgeReason, string>> = {
  'connection-budget': 'Paused: this tab has helped as often as a browser allows. Reload it to go on.',
  'no-webrtc': 'This browser cannot help: its WebRTC is missing or turned off.',
  version: 'This page is out of date. Reload it to go on.',
}

interface StatusFacts {
  readonly clients: number
  readonly reason: BridgeReason | undefined
}

export const STATUS_TEXT: Readonly<Record<BridgeState, (facts: StatusFacts) => string>> = {
  off: () => 'Off. Nothing runs.',
  connecting: () => 'Connecting to the network…',
  waiting: () => 'Ready. Nobody needs help right now.',
  helping: ({ clients }) => (clients === 1 ? 'Helping one person.' : `Helping ${clients} people.`),
  paused: ({ reason }) => (reason ? REASON_TEXT[reason] : 'Paused.'),
  unsuitable: ({ reason }) => (reason ? REASON_TEXT[reason] : 'This browser cannot help.'),
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Such as `12.3 MB`. */
export function formatBytes(bytes: number, lang: string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return new Intl.NumberFormat(lang || undefined, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(bytes / 1_000 ** power)
}

/** Such as `10:32`. */
export function formatTime(milliseconds: number, lang: string): string {
  return new Intl.DateTimeFormat(lang || undefined, { timeStyle: 'short' }).format(milliseconds)
}
