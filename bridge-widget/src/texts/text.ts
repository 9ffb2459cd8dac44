import type { BridgeReason } from '../engine-state.ts'

/** A text for each category that the language's `Intl.PluralRules` tells apart; `{count}` stands for the number. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string }

/** What is read before anybody has opted in. Loaded with the page, so it is kept short. */
export interface OfferText {
  /** What the switch is for; its accessible name. */
  readonly heading: string
  /** The same on a small button. */
  readonly short: string
  readonly description: string
  readonly promise: string
  readonly off: string
  /** It is on, and what else there is to say is on its way. */
  readonly on: string
  readonly failed: string
  /** Nor may it be: nobody saw what they pressed. */
  readonly unseen: string
  readonly how: string
  /** Opens the volunteer's own limits. */
  readonly limits: string
  readonly close: string
  readonly dismiss: string
}

/** What is read once it is on, or when somebody asks how it works or sets limits. */
export interface LiveText {
  readonly testing: string
  readonly connecting: string
  readonly waiting: string
  readonly helping: Plural
  readonly paused: string
  readonly unsuitable: string
  readonly reasons: Readonly<Record<ShownReason, string>>

  readonly howSealed: string
  readonly howSeen: string
  readonly howCost: string
  readonly howKept: string

  readonly now: string
  readonly times: string
  readonly passedOn: string
  readonly duration: string

  readonly people: string
  readonly peopleCount: Plural
  readonly rate: string
  readonly day: string
  readonly month: string
  readonly hours: string
  readonly unlimited: string
  readonly voiceCall: string
  readonly videoCall: string
  readonly film: string
  readonly sharpFilm: string
  readonly download: string
  /** `{time}` is a length, such as `3 hours`. */
  readonly ofVideo: string
  readonly anyTime: string
  readonly onlyBetween: string
  readonly from: string
  readonly until: string
  /** `{value}` is a number of people or a rate. */
  readonly siteAllows: string
  readonly limitsKept: string
}

/** Why it does not help, or does not connect. */
type ShownReason =
  | BridgeReason
  | 'connection-budget'
  | 'day-quota'
  | 'month-quota'
  | 'hours'
  | 'save-data'
  | 'cellular'
  | 'battery'
  | 'descriptor'
  | 'unreachable'
  | 'no-webrtc'
  | 'udp-blocked'
  | 'censored-country'
  | 'version'

/** A file of texts: two parts, because they are loaded at different times. */
export interface Texts {
  readonly offer: OfferText
  readonly live: LiveText
}

/** A site's own words in place of some, in whatever language it speaks. */
export type TextOverrides = Partial<OfferText> &
  Partial<Omit<LiveText, 'reasons'>> & { readonly reasons?: Partial<LiveText['reasons']> }
