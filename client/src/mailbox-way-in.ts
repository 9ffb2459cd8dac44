import {
  answerBox,
  decodeBase64Url,
  FootbridgeError,
  isFootbridgeError,
  offerBox,
  withDeadline,
} from '@footbridge/shared'
import { type Mailbox, nodePrimitives, openMailbox } from '@footbridge/shared/node'
import { ANSWER_TIMEOUT_MS, type Courier } from './courier.ts'
import { CourierWayIn, type CourierWayInOptions } from './courier-way-in.ts'

export interface MailboxWayInOptions extends CourierWayInOptions {
  /** Of the public relay. */
  readonly mailbox: string
  readonly signalingKey: string
}

/** Letters in the answer's box that are tried. Each costs a fraction of a millisecond. */
const MAX_LETTERS = 64

/** Offers by a public relay, where signaling looks for offers in a box that the network's key names. */
export class MailboxWayIn extends CourierWayIn {
  constructor({ mailbox, signalingKey, ...options }: MailboxWayInOptions) {
    const box = offerBox(nodePrimitives, decodeBase64Url(signalingKey))
    super(options, new MailboxCourier(mailbox, box))
  }
}

class MailboxCourier implements Courier {
  readonly #url: string
  readonly #offers: Uint8Array

  constructor(url: string, offers: Uint8Array) {
    this.#url = url
    this.#offers = offers
  }

  async carry<T>(
    written: Promise<Uint8Array>,
    read: (answer: Uint8Array) => T,
    signal: AbortSignal,
  ): Promise<T> {
    // Its box is named by it.
    const letter = await written
    const deadline = { signal, timeoutMs: ANSWER_TIMEOUT_MS, task: 'asking at a public relay' }
    let mailbox: Mailbox | undefined
    try {
      return await withDeadline(deadline, (signal) => {
        return new Promise<T>((resolve, reject) => {
          let left = MAX_LETTERS
          signal.addEventListener('abort', () => reject(signal.reason))
          openMailbox(this.#url, {
            box: answerBox(nodePrimitives, letter),
            onLetter: (_, answer) => {
              if (left === 0) return
              left -= 1
              try {
                resolve(read(answer))
                left = 0
              } catch (error) {
                // Whoever sees the offer can put something into the box of its answer.
                if (left === 0 || !isFootbridgeError(error)) reject(error)
              }
            },
            onEnd: () => reject(new FootbridgeError('unavailable', 'a public relay was lost')),
            signal,
          }).then((opened) => {
            mailbox = opened
            if (signal.aborted) opened.close()
            else opened.put(this.#offers, letter)
          }, reject)
        })
      })
    } finally {
      // A client that has what it needs is not to be seen talking.
      mailbox?.close()
    }
  }
}
