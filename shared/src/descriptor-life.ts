import canonicalize from 'canonicalize'
import { concat, decodeBase64Url, encodeBase64Url, encodeText } from './bytes.ts'
import type { NetworkDescriptor } from './descriptor.ts'
import { FootbridgeError } from './errors.ts'
import type { Primitives, Sign } from './primitives.ts'

/** A descriptor whose network has a key. */
export type SignedDescriptor = NetworkDescriptor & {
  readonly networkKey: string
  readonly sequence: number
  readonly expiresAt: number
  readonly signature: string
}

/** What a descriptor is signed with, apart from its contents. */
export type DescriptorLife = Pick<SignedDescriptor, 'networkKey' | 'sequence' | 'expiresAt'>

// Its types describe a module of another kind than it is: what is imported is the function itself.
const serialize = canonicalize as unknown as (value: unknown) => string | undefined

/** Part of what is signed, so that no signature made for something else under the same key passes for this. */
const CONTEXT = encodeText('footbridge network')

export function isSigned(network: NetworkDescriptor): network is SignedDescriptor {
  // One of the four is enough: they come together.
  return network.signature !== undefined
}

/** Its contents alone, without age and signature: for who changes them. */
export function unsigned({
  networkKey,
  sequence,
  expiresAt,
  signature,
  ...contents
}: NetworkDescriptor): NetworkDescriptor {
  return contents
}

/** The descriptor with its signature, made under the secret half of `life.networkKey`. */
export function signDescriptor(
  network: NetworkDescriptor,
  { networkKey, sequence, expiresAt }: DescriptorLife,
  sign: Sign,
): SignedDescriptor {
  const members = { ...network, networkKey, sequence, expiresAt }
  return { ...members, signature: encodeBase64Url(sign(signedBytes(members))) }
}

/**
 * Throws `not-authentic` for a signed descriptor that is not as its network made it. Whose key it is, this does not say:
 * the first copy is trusted for how it came. One without a key passes.
 */
export function checkDescriptor(network: NetworkDescriptor, primitives: Primitives): void {
  if (!isSigned(network)) return
  const { networkKey, signature } = network
  const [key, proof] = [decodeBase64Url(networkKey), decodeBase64Url(signature)]
  if (!primitives.ed25519.verify(key, signedBytes(network), proof)) {
    throw new FootbridgeError(
      'not-authentic',
      'the network descriptor is not as its network signed it: get it anew from whoever gave it to you',
    )
  }
}

/** Whether it is past its time: good enough to get a new one by, and no more. */
export function isExpired({ expiresAt = Number.POSITIVE_INFINITY }: NetworkDescriptor, now: number): boolean {
  return expiresAt <= now
}

/**
 * The descriptor to go on with: `offered` if it is a later one of the same network than `pinned`, and `pinned` itself if
 * it is the same. Throws `not-authentic` for one of another network, without a signature or with a wrong one, and
 * `expired` for one that is past its time or older than `pinned`. What has no key has no successor: `not-authentic`.
 */
export function succeed(
  pinned: NetworkDescriptor,
  offered: NetworkDescriptor,
  { now, primitives }: { readonly now: number; readonly primitives: Primitives },
): NetworkDescriptor {
  if (!isSigned(pinned) || !isSigned(offered) || offered.networkKey !== pinned.networkKey) {
    throw new FootbridgeError('not-authentic', 'the network descriptor is not of the same network')
  }
  checkDescriptor(offered, primitives)
  if (isExpired(offered, now)) {
    throw new FootbridgeError('expired', 'the network descriptor is past its time')
  }
  if (offered.sequence < pinned.sequence) {
    throw new FootbridgeError('expired', 'the network descriptor is older than the one that is known')
  }
  return offered.sequence === pinned.sequence ? pinned : offered
}

/** All members but the signature, those that this version does not know included, in the one form of RFC 8785. */
function signedBytes({ signature, ...members }: NetworkDescriptor): Uint8Array {
  return concat(CONTEXT, encodeText(canonicalJson(members)))
}

function canonicalJson(value: object): string {
  try {
    return serialize(value) ?? ''
  } catch (cause) {
    // Nested too deeply, or with a number that JSON does not have.
    throw new FootbridgeError('malformed', 'the network descriptor has no canonical form', { cause })
  }
}
