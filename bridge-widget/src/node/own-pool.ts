import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { POOL_SECRET_BYTES } from '@footbridge/shared'
import { nodePrimitives, readOrMakeSecret, readSecret } from '@footbridge/shared/node'

/** The private pool of the people whom a volunteer has invited: its secret, kept in a folder for its owner alone. */
export class OwnPool {
  readonly #path: string

  constructor(stateDirectory: string) {
    this.#path = join(stateDirectory, 'pool-secret')
  }

  /** `undefined` while nobody is invited. Throws `usage`. */
  secret(): Promise<Uint8Array | undefined> {
    return readSecret(this.#path, POOL_SECRET_BYTES)
  }

  /** The secret for one more person; the first one makes it. Throws `usage`. */
  invite(): Promise<Uint8Array> {
    return readOrMakeSecret(this.#path, POOL_SECRET_BYTES, () =>
      nodePrimitives.randomBytes(POOL_SECRET_BYTES),
    )
  }

  /** Takes all invitations back: a running bridge turns their holders away within seconds. Says whether there were any. */
  async revoke(): Promise<boolean> {
    const wasOpen = (await this.secret()) !== undefined
    await rm(this.#path, { force: true })
    return wasOpen
  }
}
