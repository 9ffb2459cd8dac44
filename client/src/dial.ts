import type { Duplex } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import { FootbridgeError, type Target } from '@footbridge/shared'

/**
 * Opens a byte pipe to a target. Rejects with a `FootbridgeError`, within a deadline of its own, or once `signal` fires; one
 * that does not wait for the target gives a pipe that fails with that error instead, before it has brought a byte. Destroying the pipe resets the target's connection.
 */
export type Dial = (target: Target, options: { readonly signal: AbortSignal }) => Promise<Duplex>

/** Longest wait of who has no signal of its own. Above a dial's own deadline, whose error says more. */
export const CONNECT_TIMEOUT_MS = 90_000

/** Dials, and never leaves a pipe open that nobody waits for any more. */
export async function dialUnlessAborted(dial: Dial, target: Target, signal: AbortSignal): Promise<Duplex> {
  const stream = await dial(target, { signal })
  if (!signal.aborted) return stream
  stream.on('error', () => {}).destroy()
  throw new FootbridgeError('aborted', 'nobody waits for the connection any more')
}

/** How TLS to an origin is done over a dialled pipe. The origin's certificate is always verified. */
export interface TlsOptions {
  /** Certificates to trust instead of those that Node trusts. */
  readonly ca?: SecureContextOptions['ca']
}
