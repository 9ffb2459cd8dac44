import { join } from 'node:path'
import { encodeBase64Url, KEY_BYTES, type KeyPair, type Primitives } from '@footbridge/shared'
import { readOrMakeSecret } from '@footbridge/shared/node'

/** Enough of a hash that no two egresses share it by chance. */
const ID_BYTES = 12

/** What an egress is, from one start to the next. */
export interface EgressIdentity {
  /** Follows from the key, so that no descriptor can name an old egress with a new key. */
  readonly id: string
  /** X25519 static key of the session handshake. */
  readonly keyPair: KeyPair
}

/** Reads the key in the folder `directory`, or makes it on the first start. Throws `usage`. */
export async function openIdentity(directory: string, primitives: Primitives): Promise<EgressIdentity> {
  const secretKey = await readOrMakeSecret(join(directory, 'session-key'), KEY_BYTES, () => {
    return primitives.x25519.generate().secretKey
  })
  const keyPair = primitives.x25519.fromSecretKey(secretKey)
  return { id: encodeBase64Url(primitives.sha256(keyPair.publicKey).subarray(0, ID_BYTES)), keyPair }
}
