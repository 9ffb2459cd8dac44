import {
  type Clock,
  encodeBase64Url,
  type KeyPair,
  type NetworkDescriptor,
  type Primitives,
  type Sign,
  type SignedDescriptor,
  signDescriptor,
} from '@footbridge/shared'

/** Links are handed on for weeks; clients that are connected have a new descriptor within the hour. */
export const DESCRIPTOR_LIFETIME_MS = 2_592_000_000
/** What has not changed is signed anew after this. */
export const SIGN_AGAIN_MS = 3_600_000

/** Signs what this server says of its network, each time that it is something else, and now and then. */
export class SignedNetwork {
  readonly #sign: Sign
  readonly #networkKey: string
  readonly #clock: Clock
  #text = ''
  #signed: SignedDescriptor | undefined

  constructor({ publicKey, secretKey }: KeyPair, primitives: Primitives, clock: Clock) {
    this.#sign = primitives.ed25519.signer(secretKey)
    this.#networkKey = encodeBase64Url(publicKey)
    this.#clock = clock
  }

  sign(network: NetworkDescriptor): SignedDescriptor {
    const now = this.#clock.wallNow()
    const text = JSON.stringify(network)
    const last = this.#signed
    const signedAt = (last?.expiresAt ?? 0) - DESCRIPTOR_LIFETIME_MS
    // A clock that was set back makes it look as if it came from the future: then it is wrong, too.
    if (last && text === this.#text && now >= signedAt && now < signedAt + SIGN_AGAIN_MS) return last
    const life = {
      networkKey: this.#networkKey,
      // The time, so that it rises over restarts as well, and over several servers that share the key.
      sequence: Math.max(now, (last?.sequence ?? 0) + 1),
      expiresAt: now + DESCRIPTOR_LIFETIME_MS,
    }
    this.#text = text
    this.#signed = signDescriptor(network, life, this.#sign)
    return this.#signed
  }
}
