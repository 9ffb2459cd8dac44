import type { BridgeReason, BridgeState } from './engine-state.ts'

/** What the element says. One place, so that another language is one more file like this. */
export const TEXT = {
  heading: 'Be a bridge around censorship',
  description:
    'While this tab stays open, your browser passes on encrypted traffic for people whose network is censored. Turn it off, or close the tab, and it stops.',
  promise: 'You are not an exit node: sites never see your address.',
  failed: 'It could not be turned on:',
  helped: 'Times helped',
  passedOn: 'Passed on',
  since: 'Since',
} as const

const REASON_TEXT: Readonly<Record<BridgeReason, string>> = {
  'connection-budget':
    'Paused: this tab has helped as often as a browser allows at a stretch. It goes on by itself in a minute or so; reloading it is quicker.',
  descriptor:
    'Paused: the network is not set up right. Its operator has to mend that; this tab goes on by itself then.',
  'day-quota': 'Paused: your limit for today is used up.',
  'month-quota': 'Paused: your limit for this month is used up.',
  hours: 'Paused: these are not the hours that you have chosen.',
  'save-data': 'Paused: your browser is set to save data.',
  cellular: 'Paused: you are on a mobile connection.',
  battery: 'Paused: your battery is low.',
  unreachable: 'The network cannot be reached right now. Your browser keeps trying.',
  'no-webrtc': 'This browser cannot help: its WebRTC is missing or turned off.',
  'udp-blocked':
    'Your browser cannot help from here: this network lets no UDP traffic through. It looks again now and then, and when you change networks.',
  'censored-country':
    'Thank you, but please do not help from here: where you seem to be, it could bring you into danger. Stay safe.',
  version: 'This page and the network are of different versions. Reload the page to go on.',
}

interface StatusFacts {
  readonly clients: number
  readonly reason: BridgeReason | undefined
}

export const STATUS_TEXT: Readonly<Record<BridgeState, (facts: StatusFacts) => string>> = {
  off: () => 'Off. Nothing runs.',
  testing: () => 'Checking whether your browser can help from here…',
  connecting: ({ reason }) => (reason ? REASON_TEXT[reason] : 'Connecting to the network…'),
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
