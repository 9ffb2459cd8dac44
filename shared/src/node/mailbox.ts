import { MAX_SEALED_BYTES } from '../sealed-offer.ts'

/** A box of a public relay, which one side looks into; the other knows its name. Names have 32 bytes. */
export interface Mailbox {
  /** Puts a letter into another box. Nobody promises that it arrives. */
  put(box: Uint8Array, letter: Uint8Array): void
  /** Idempotent. */
  close(): void
}

export interface MailboxOptions {
  /** The box to look into. */
  readonly box: Uint8Array
  /** Anybody may have written it. At most `MAX_SEALED_BYTES` long. */
  onLetter(mailbox: Mailbox, letter: Uint8Array): void
  /** The relay is lost, or `close` was called. Called once, and never before the mailbox was open. */
  onEnd(): void
}

/** One kind of public relay. Resolves once letters to the box arrive; rejects with anything. */
export type OpenMailbox = (url: string, options: MailboxOptions, signal: AbortSignal) => Promise<Mailbox>

/** What a letter is longer for being text or being wrapped. */
const WRAPPING_BYTES = 4_096
/** Longest message of a relay that is read: a letter in base64, and what is around it. */
export const MAX_RELAY_MESSAGE_BYTES: number = Math.ceil((MAX_SEALED_BYTES * 4) / 3) + WRAPPING_BYTES
