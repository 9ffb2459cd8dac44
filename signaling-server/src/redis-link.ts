import { Backoff, FootbridgeError, isFootbridgeError } from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import { createClient, ErrorReply } from 'redis'

export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with name and password where Redis wants them. */
  readonly url: string
  readonly channels: readonly string[]
  /** Called for each new connection, before `up`. What it throws ends the connection. */
  greet(client: RedisClient): Promise<void>
  up(): void
  down(): void
  message(channel: string, bytes: Buffer): void
  readonly log: Log
}

export type RedisClient = ReturnType<typeof createClient>

const CONNECT_TIMEOUT_MS = 2_000
const FIRST_WAIT_MS = 500
const MOST_WAIT_MS = 10_000
/** Commands that may wait for an answer. One more fails at once. */
const MAX_COMMANDS = 20_000

/**
 * One connection to Redis, made again whenever it is lost. Nothing is kept for later: while there is none, whatever is
 * sent fails. No text of an error is passed on, since Redis' own name its host.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions
  readonly #backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random: Math.random })
  #client: RedisClient | undefined
  #isUp = false
  #closed = false
  #retrying: NodeJS.Timeout | undefined

  constructor(options: RedisLinkOptions) {
    this.#options = options
  }

  /** Whether messages pass. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** The client while the link is up, for commands other than `publish`. */
  get client(): RedisClient | undefined {
    return this.#isUp ? this.#client : undefined
  }

  /**
   * Tries once, and resolves even if Redis cannot be reached: from then on it tries by itself. Throws `usage` if Redis is
   * there but refuses us, or `greet` finds that something is set up wrongly.
   */
  async open(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      if (isFootbridgeError(error, 'usage')) throw error
      this.#options.log.warn({ err: error }, 'Redis cannot be reached: serving alone')
      this.#retry()
    }
  }

  /** How many receivers got it, as Redis says. Rejects when it cannot be sent. */
  async publish(channel: string, bytes: Buffer): Promise<number> {
    if (!this.#isUp || !this.#client) throw new FootbridgeError('unavailable', 'Redis cannot be reached')
    return this.#client.publish(channel, bytes)
  }

  /** Gives a connection up that is there but does not work. */
  drop(): void {
    this.#lose(this.#client)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retrying)
    this.#isUp = false
    this.#client?.destroy()
  }

  async #connect(): Promise<void> {
    const client = newClient(this.#options.url)
    this.#client = client
    client.on('error', () => this.#lose(client))
    const impatient = setTimeout(() => client.destroy(), CONNECT_TIMEOUT_MS)
    try {
      await client.connect()
      await this.#options.greet(client)
      await client.subscribe(
        [...this.#options.channels],
        (message, channel) => this.#options.message(String(channel), message),
        true,
      )
    } catch (error) {
      client.destroy()
      throw explained(error)
    } finally {
      clearTimeout(impatient)
    }
    // Closed meanwhile: what was still being made could not be.
    if (this.#closed) return client.destroy()
    this.#isUp = true
    this.#backoff.reset()
    this.#options.up()
  }

  /** Only the end of a connection that was up counts here; `#connect` tells of the others itself. */
  #lose(client: RedisClient | undefined): void {
    if (!this.#isUp || client !== this.#client) return
    this.#isUp = false
    client?.destroy()
    this.#options.log.warn('Redis cannot be reached: serving alone')
    this.#options.down()
    this.#retry()
  }

  #retry(): void {
    if (this.#closed) return
    this.#retrying = setTimeout(() => {
      this.#connect().catch((error: unknown) => {
        // What is set up wrongly stays so until somebody does something about it.
        const level = isFootbridgeError(error, 'usage') ? 'error' : 'debug'
        this.#options.log[level]({ err: error }, 'Redis still cannot be used')
        this.#retry()
      })
    }, this.#backoff.next())
  }
}

/** Throws `usage` for a URL that leads to no Redis. */
export function checkRedisUrl(url: string): void {
  try {
    newClient(url)
  } catch {
    // No `cause`: it would quote the URL, password included.
    throw new FootbridgeError(
      'usage',
      '--redis must be a URL such as redis://HOST:6379 or rediss://NAME:PASSWORD@HOST:6379',
    )
  }
}

/** Redis' refusals for want of a right, in words; other errors as they are. */
function explained(error: unknown): unknown {
  if (!(error instanceof ErrorReply) || !/^(?:WRONGPASS|NOAUTH|NOPERM)/.test(error.message)) return error
  return new FootbridgeError(
    'usage',
    'check --redis: Redis refuses its name, its password or what they may do',
  )
}

function newClient(url: string): RedisClient {
  return createClient({
    url,
    RESP: 3,
    // Both are this module's: a queue would keep messages until they are worth nothing.
    socket: { reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT_MS },
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    maintNotifications: 'disabled',
    disableClientInfo: true,
  })
}
