import { withDeadline } from '../deadline.ts'
import { FootbridgeError, isFootbridgeError } from '../errors.ts'
import type { Mailbox, MailboxOptions } from './mailbox.ts'

/** Time until a relay lets us look into a box. */
const OPEN_TIMEOUT_MS = 8_000

/**
 * Looks into a box of the public relay at `url`: MQTT for `mqtt:` and `mqtts:`, Nostr for `ws:` and `wss:`. Rejects with
 * `unavailable`, `timeout` or `aborted`; no error names the relay.
 */
export async function openMailbox(
  url: string,
  { signal, ...options }: MailboxOptions & { readonly signal: AbortSignal },
): Promise<Mailbox> {
  const deadline = { signal, timeoutMs: OPEN_TIMEOUT_MS, task: 'reaching a public relay' }
  return await withDeadline(deadline, async (signal) => {
    try {
      // Only who has need of them waits for them to load.
      const open = url.startsWith('mqtt')
        ? (await import('./mqtt-mailbox.ts')).openMqttMailbox
        : (await import('./nostr-mailbox.ts')).openNostrMailbox
      signal.throwIfAborted()
      return await open(url, options, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (isFootbridgeError(error)) throw error
      // No `cause`: it names the relay.
      throw new FootbridgeError('unavailable', 'a public relay cannot be reached')
    }
  })
}
