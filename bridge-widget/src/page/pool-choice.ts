import { parsePoolSecret, poolId } from '@footbridge/shared'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** Whom this browser helps: everybody, or only who has the volunteer's own link, or one that the volunteer was given. */
export type Helped = 'everybody' | 'own' | 'joined'

/** What the volunteer has chosen. Secrets are in base64url, as links have them. */
export interface PoolChoice {
  readonly helped: Helped
  readonly own?: string | undefined
  readonly joined?: string | undefined
}

/** The choice in what was stored. What is no choice, or names a secret that is not there, means everybody. */
export function parsePoolChoice(text: string | null): PoolChoice {
  const { helped, own, joined } = parseRecord(text)
  const secrets = { own: secretIn(own), joined: secretIn(joined) }
  const isPossible = (helped === 'own' || helped === 'joined') && secrets[helped] !== undefined
  return { ...secrets, helped: isPossible ? helped : 'everybody' }
}

/** The secret of the pool that is helped, and nobody else; `undefined` for everybody. */
export function chosenSecret(choice: PoolChoice): string | undefined {
  return choice.helped === 'everybody' ? undefined : choice[choice.helped]
}

/** What signaling is told of the choice: a name that follows from the secret, and does not give it away. */
export function chosenPool(choice: PoolChoice): string | undefined {
  const secret = chosenSecret(choice)
  return secret === undefined
    ? undefined
    : poolId(parsePoolSecret(secret), { hmacSha256: (key, data) => hmac(sha256, key, data) })
}

/** The secret after the `#` of a link; `undefined` if there is none, or it is cut short. */
export function secretIn(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  try {
    parsePoolSecret(text)
    return text
  } catch {
    return undefined
  }
}

function parseRecord(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
