import { join } from 'node:path'
import { KEY_BYTES, type KeyPair, type Primitives } from '@footbridge/shared'
import { readOrMakeSecret } from '@footbridge/shared/node'

const TICKET_KEY_FILE = 'ticket.key'

/** The key pair that signs tickets, kept in the folder `directory`; made there at the first start. Throws `usage`. */
export async function loadTicketKey(directory: string, { ed25519 }: Primitives): Promise<KeyPair> {
  const path = join(directory, TICKET_KEY_FILE)
  return ed25519.fromSecretKey(await readOrMakeSecret(path, KEY_BYTES, () => ed25519.generate().secretKey))
}
