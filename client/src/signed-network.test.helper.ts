import {
  encodeBase64Url,
  type KeyPair,
  type SignedDescriptor,
  signDescriptor,
  validateDescriptor,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'

const { ed25519 } = nodePrimitives
const NETWORK_KEYS: KeyPair = ed25519.generate()
export const OTHER_NETWORK_KEYS: KeyPair = ed25519.generate()

const KEY: string = 'A'.repeat(43)
const FAR = 4_000_000_000_000

/** A descriptor of one network, or of another with other keys. */
export function signedNetwork({
  sequence,
  expiresAt = FAR,
  keys = NETWORK_KEYS,
  more = {},
}: {
  readonly sequence: number
  readonly expiresAt?: number
  readonly keys?: KeyPair
  readonly more?: object
}): SignedDescriptor {
  const network = validateDescriptor({
    version: 1,
    signaling: ['https://one.example', 'https://two.example'],
    egresses: [{ id: 'e1', url: 'https://egress.example', publicKey: KEY }],
    stun: [],
    ticketKey: KEY,
    ...more,
  })
  const networkKey = encodeBase64Url(keys.publicKey)
  return signDescriptor(network, { networkKey, sequence, expiresAt }, ed25519.signer(keys.secretKey))
}
