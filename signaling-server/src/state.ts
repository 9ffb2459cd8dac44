import { join } from 'node:path'
import {
  encodeBase64Url,
  KEY_BYTES,
  type KeyPair,
  PROBE_TOKEN_BYTES,
  type Primitives,
} from '@footbridge/shared'
import { readOrMakeSecret } from '@footbridge/shared/node'
import { StatusStore } from './status-store.ts'

const TICKET_KEY_FILE = 'ticket.key'
const NETWORK_KEY_FILE = 'network.key'
const PROBE_TOKEN_FILE = 'probe.token'
const STATUS_FILE = 'status.db'

/** The key pair that signs tickets, kept in the folder `directory`; made there at the first start. Throws `usage`. */
export function loadTicketKey(directory: string, primitives: Primitives): Promise<KeyPair> {
  return loadKey(join(directory, TICKET_KEY_FILE), primitives)
}

/** The key pair that signs the network descriptor, kept alike. Throws `usage`. */
export function loadNetworkKey(directory: string, primitives: Primitives): Promise<KeyPair> {
  return loadKey(join(directory, NETWORK_KEY_FILE), primitives)
}

/** What probes prove themselves with, kept like the key. Throws `usage`. */
export async function loadProbeToken(directory: string, { randomBytes }: Primitives): Promise<string> {
  const path = join(directory, PROBE_TOKEN_FILE)
  return encodeBase64Url(
    await readOrMakeSecret(path, PROBE_TOKEN_BYTES, () => randomBytes(PROBE_TOKEN_BYTES)),
  )
}

/** The status of the past weeks, kept beside the keys. Throws `usage`. */
export function openStatusStore(directory: string): StatusStore {
  return new StatusStore(join(directory, STATUS_FILE))
}

async function loadKey(path: string, { ed25519 }: Primitives): Promise<KeyPair> {
  return ed25519.fromSecretKey(await readOrMakeSecret(path, KEY_BYTES, () => ed25519.generate().secretKey))
}
