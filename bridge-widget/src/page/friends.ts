import {
  encodeBase64Url,
  fetchDescriptor,
  formatInvitation,
  type NetworkDescriptor,
  POOL_SECRET_BYTES,
  parsePoolSecret,
} from '@footbridge/shared'
import { copyWith } from './copying.ts'
import { byId } from './parts.ts'
import type { Helped } from './pool-choice.ts'
import { drawQrCode } from './qr-code.ts'
import type { WhomToHelp } from './whom-to-help.ts'

const TIMEOUT_MS = 10_000

const SAID: Readonly<Record<Helped, string>> = {
  everybody: 'Open to everybody',
  own: 'Only for people with your link',
  joined: 'Only for people with the link you were given',
}

/** Lets the volunteer choose whom the tab helps, and make, pass on and take back a link of their own. */
export function offerFriends(whom: WhomToHelp): void {
  new Friends(whom).show()
}

class Friends {
  readonly #whom: WhomToHelp
  readonly #status = byId('friends-status')
  readonly #text = byId<HTMLTextAreaElement>('link-text')
  /** Asked for once the volunteer wants a link, never before. */
  #network: Promise<NetworkDescriptor> | undefined
  /** The link that is shown, and the secret it was made of. */
  #link: { readonly secret: string; readonly text: string } | undefined

  constructor(whom: WhomToHelp) {
    this.#whom = whom
    whom.addEventListener('change', () => this.show())
    whom.addEventListener('off', () =>
      this.#say('It is off now: turn it on again to help those you have chosen.'),
    )
    for (const radio of radios()) radio.addEventListener('change', () => this.#choose(radio.value as Helped))
    const copyLink = byId('copy-link')
    copyLink.addEventListener('click', () => {
      if (this.#link) void copyWith(copyLink, this.#link.text, this.#text)
    })
    const copyInvite = byId('copy-invite')
    copyInvite.addEventListener('click', () => {
      const { own } = this.#whom.choice
      if (own) void copyWith(copyInvite, `${location.origin}/#${own}`)
    })
    byId('revoke').addEventListener('click', () => this.#revoke())
    byId('forget').addEventListener('click', () => this.#forget())
    byId<HTMLFieldSetElement>('choices').disabled = false
  }

  show(): void {
    const { choice } = this.#whom
    for (const radio of radios()) radio.checked = radio.value === choice.helped
    for (const part of ['joined', 'forget']) byId(part).hidden = choice.joined === undefined
    byId('whom').dataset.helped = choice.helped
    const pool = byId('whom').querySelector('.pool')
    if (pool) pool.textContent = SAID[choice.helped]
    const own = choice.helped === 'own' ? choice.own : undefined
    byId('own-link').hidden = own === undefined
    if (own !== undefined) void this.#showLink(own)
  }

  #choose(helped: Helped): void {
    const { choice } = this.#whom
    const own = helped === 'own' ? (choice.own ?? newSecret()) : choice.own
    this.#keep({ ...choice, own, helped }, `${SAID[helped]}, and nobody else.`)
    if (helped === 'everybody') this.#say('')
  }

  /** Who has the old link is turned away at once, also if they are being helped. */
  #revoke(): void {
    this.#keep(
      { ...this.#whom.choice, own: newSecret() },
      'Taken back: the old link opens nothing any more. This is a new one.',
    )
  }

  #forget(): void {
    const { own, helped } = this.#whom.choice
    this.#keep({ own, helped: helped === 'joined' ? 'everybody' : helped }, 'Forgotten.')
  }

  #keep(choice: WhomToHelp['choice'], words: string): void {
    const isKept = this.#whom.choose(choice)
    this.#say(
      isKept ? words : `${words} This browser stores nothing here, so it holds until the page is closed.`,
    )
  }

  async #showLink(secret: string): Promise<void> {
    if (this.#link?.secret === secret) return
    this.#link = undefined
    byId('qr').replaceChildren()
    this.#text.value = '…'
    try {
      this.#network ??= fetchDescriptor(`${location.origin}/v1/network`, AbortSignal.timeout(TIMEOUT_MS))
      const text = formatInvitation(await this.#network, parsePoolSecret(secret))
      // Taken back meanwhile.
      if (this.#whom.choice.own !== secret) return
      this.#link = { secret, text }
      this.#text.value = text
      const code = drawQrCode(text)
      if (code) byId('qr').append(code)
    } catch {
      this.#network = undefined
      this.#text.value = ''
      this.#say('The network cannot be reached, so there is no link yet: reload the page in a moment.')
    }
  }

  #say(words: string): void {
    this.#status.textContent = words
  }
}

function newSecret(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(POOL_SECRET_BYTES)))
}

function radios(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('input[name=helped]')]
}
