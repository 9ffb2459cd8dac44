import { byId } from './parts.ts'
import { secretIn } from './pool-choice.ts'
import type { WhomToHelp } from './whom-to-help.ts'

/** What the page asks when it was opened with a private link: nothing changes before the answer. */
export class Invited {
  readonly #whom: WhomToHelp
  #secret: string | undefined

  constructor(whom: WhomToHelp) {
    this.#whom = whom
    addEventListener('hashchange', () => this.look())
    byId('join').addEventListener('click', () => this.#join())
    byId('decline').addEventListener('click', () => this.#answered())
  }

  /** Takes a secret off the address, where others could read it over somebody’s shoulder. */
  look(): void {
    const secret = secretIn(location.hash.slice(1))
    if (secret === undefined) return
    history.replaceState(null, '', location.pathname)
    this.#secret = secret
    byId('invited').hidden = false
  }

  #join(): void {
    const secret = this.#secret
    this.#answered()
    if (secret === undefined) return
    const { choice } = this.#whom
    const isOwn = secret === choice.own
    this.#whom.choose(isOwn ? { ...choice, helped: 'own' } : { ...choice, helped: 'joined', joined: secret })
  }

  #answered(): void {
    this.#secret = undefined
    byId('invited').hidden = true
  }
}
