import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import {
  Backoff,
  type EgressDescriptor,
  FootbridgeError,
  fetchText,
  isFootbridgeError,
  validateEgressDescriptor,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'

const MAX_DESCRIPTOR_BYTES = 4_096
const FETCH_TIMEOUT_MS = 5_000
const RETRY = { firstMs: 500, mostMs: 15_000, random: Math.random }
/** Failures that are normal while servers start. More are worth a look. */
const QUIET_FAILURES = 8

/** The egresses known so far. */
export class EgressList {
  readonly #egresses = new Map<string, EgressDescriptor>()

  get all(): readonly EgressDescriptor[] {
    return [...this.#egresses.values()]
  }

  /** The first descriptor of an id stays: sessions are pinned to it. */
  add(egress: EgressDescriptor): void {
    if (!this.#egresses.has(egress.id)) this.#egresses.set(egress.id, egress)
  }

  /** The egress `pinned`, if it is known; without a wish, any. */
  choose(pinned?: string): EgressDescriptor | undefined {
    if (pinned !== undefined) return this.#egresses.get(pinned)
    const { all } = this
    return all[Math.floor(Math.random() * all.length)]
  }
}

/** The descriptor in the file at `path`. Throws `usage`. */
export async function readEgress(path: string): Promise<EgressDescriptor> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new FootbridgeError('usage', `failed to read ${path}: --egress takes a file or a URL`, { cause })
  }
  try {
    return parseEgress(text)
  } catch (cause) {
    const hint = 'keep there what GET /v1/egress of the egress answers'
    throw new FootbridgeError('usage', `${path} does not describe an egress: ${hint}`, { cause })
  }
}

/** The origin that `url` is of. Throws `usage`. */
export function parseEgressOrigin(url: string): string {
  try {
    return new URL(url).origin
  } catch (cause) {
    throw new FootbridgeError('usage', '--egress takes a file or a URL such as https://egress.example', {
      cause,
    })
  }
}

/**
 * The descriptor that the egress at `origin` gives of itself. Asks until it gets one, so that servers may start in
 * any order. Rejects once `signal` fires.
 */
export async function fetchEgress(origin: string, log: Log, signal: AbortSignal): Promise<EgressDescriptor> {
  const backoff = new Backoff(RETRY)
  for (let failures = 0; ; failures++) {
    try {
      const limits = { maxBytes: MAX_DESCRIPTOR_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal }
      return parseEgress(await fetchText(new URL('/v1/egress', origin).href, limits))
    } catch (error) {
      if (!isFootbridgeError(error) || error.code === 'aborted') throw error
      log[failures < QUIET_FAILURES ? 'debug' : 'warn'](
        { err: error },
        'an egress does not describe itself yet',
      )
    }
    await delay(backoff.next(), undefined, { signal })
  }
}

function parseEgress(text: string): EgressDescriptor {
  if (text.length > MAX_DESCRIPTOR_BYTES) {
    throw new FootbridgeError('too-large', 'the description of an egress is too long')
  }
  try {
    return validateEgressDescriptor(JSON.parse(text))
  } catch (error) {
    if (isFootbridgeError(error)) throw error
    throw new FootbridgeError('malformed', 'the description of an egress is not JSON')
  }
}
