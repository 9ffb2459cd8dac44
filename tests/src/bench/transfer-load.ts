import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientStatus, FootbridgeClient } from '@footbridge/client'
import { isFootbridgeError } from '@footbridge/shared'
import { Keystream, KeystreamCheck, seededRandom } from '../keystream.ts'
import type { Direction } from './line.ts'

const LEAST_BYTES = 100_000
const MOST_BYTES = 20_000_000
const CHUNK_BYTES = 65_536
/** A transfer has failed that gets nowhere for longer than a session waits for a path. */
const STALL_MS = 75_000
/** So that a network that fails at once is not asked thousands of times. */
const WAIT_AFTER_FAILURE_MS = 1_000
/** Times without a byte of any download that are worth telling. */
const LONG_GAP_MS = 3_000
const MOST_EVENTS_TOLD = 50

export interface LoadOptions {
  /** Transfers at once, half of them downloads. */
  readonly count: number
  /** Decides sizes and contents. */
  readonly seed: string
}

/** What became of the transfers so far. */
export interface LoadReport {
  readonly started: number
  readonly completed: number
  /** Ended with an error, or by the deadline. */
  readonly failed: number
  /** Seemed well, but with other bytes than were sent, or not as many. */
  readonly corrupted: number
  /** Received by downloads, and taken from uploads. */
  readonly bytes: number
  /** Longest time without a byte of any download. */
  readonly gapMs: number
  /** Longest time without a byte of one download, from its first byte on. */
  readonly oneGapMs: number
  /** The first failures, corruptions and long gaps, for people. */
  readonly events: readonly string[]
}

type Streams = Awaited<ReturnType<FootbridgeClient['open']>>
/** Opens a connection to an origin-process, with this as its first line. */
type Ask = (line: string) => Promise<Streams>
/** Bytes that the receiver got, and how many of them were wrong. */
type Receipt = Pick<KeystreamCheck, 'received' | 'corrupted'>

/** Keeps a number of transfers running, and each one's bytes checked where they arrive. */
export class TransferLoad {
  readonly #ask: Ask
  readonly #status: () => ClientStatus
  readonly #seed: string
  readonly #random: () => number
  readonly #slots: readonly Promise<void>[]
  readonly #startedAt = performance.now()
  readonly #events: string[] = []
  #ending = false
  #lastByteAt = performance.now()
  #counts = { started: 0, completed: 0, failed: 0, corrupted: 0, bytes: 0, gapMs: 0, oneGapMs: 0 }

  constructor(ask: Ask, status: () => ClientStatus, { count, seed }: LoadOptions) {
    this.#ask = ask
    this.#status = status
    this.#seed = seed
    this.#random = seededRandom(seed)
    // Each is followed by another of its kind.
    this.#slots = Array.from({ length: count }, (_, slot) => this.#keepBusy(slot % 2 === 0 ? 'down' : 'up'))
  }

  get report(): LoadReport {
    // The last downloads may well be over while others still run.
    const openMs = this.#ending ? 0 : performance.now() - this.#lastByteAt
    return { ...this.#counts, gapMs: Math.max(this.#counts.gapMs, openMs), events: this.#events }
  }

  async end(): Promise<LoadReport> {
    this.#ending = true
    await Promise.all(this.#slots)
    return this.report
  }

  async #keepBusy(direction: Direction): Promise<void> {
    while (!this.#ending) {
      this.#counts.started += 1
      const seed = `${this.#seed}-${this.#counts.started}`
      // As many from 100 kB to 1 MB as from 1 to 10 MB.
      const bytes = Math.round(LEAST_BYTES * (MOST_BYTES / LEAST_BYTES) ** this.#random())
      const transfer = new Transfer()
      const task = `${seed}, ${direction}, ${bytes} bytes`
      try {
        const carried =
          direction === 'down' ? this.#download(seed, bytes, transfer) : this.#upload(seed, bytes, transfer)
        const { received, corrupted } = await Promise.race([carried, transfer.stalled])
        this.#counts.completed += 1
        if (received === bytes && corrupted === 0) continue
        this.#counts.corrupted += 1
        this.#tell(`${task}: ${received} arrived, ${corrupted} of them wrong`)
      } catch (error) {
        this.#counts.failed += 1
        const code = isFootbridgeError(error) ? error.code : ''
        this.#tell(
          `${task}, after ${transfer.bytes}: ${code} ${error instanceof Error ? error.message : error}`,
        )
        await sleep(WAIT_AFTER_FAILURE_MS)
      } finally {
        transfer.end()
      }
    }
  }

  async #download(seed: string, bytes: number, transfer: Transfer): Promise<Receipt> {
    const { readable, writable } = await this.#ask(`pour ${seed} ${bytes}`)
    const check = new KeystreamCheck(seed)
    for await (const part of readable) {
      check.add(part)
      this.#counts.bytes += part.length
      const gapMs = transfer.add(part.length)
      this.#counts.oneGapMs = Math.max(this.#counts.oneGapMs, gapMs)
      this.#noteByte()
    }
    await writable.close()
    return check
  }

  #noteByte(): void {
    const gapMs = performance.now() - this.#lastByteAt
    this.#lastByteAt += gapMs
    this.#counts.gapMs = Math.max(this.#counts.gapMs, gapMs)
    if (gapMs >= LONG_GAP_MS) this.#tell(`no download got a byte for ${(gapMs / 1_000).toFixed(1)} s`)
  }

  async #upload(seed: string, bytes: number, transfer: Transfer): Promise<Receipt> {
    const { readable, writable } = await this.#ask(`check ${seed}`)
    const writer = writable.getWriter()
    const keystream = new Keystream(seed)
    for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
      const chunk = keystream.take(Math.min(left, CHUNK_BYTES))
      await writer.write(chunk)
      this.#counts.bytes += chunk.length
      transfer.add(chunk.length)
    }
    await writer.close()
    const answer = await new Response(readable).text()
    const [received = Number.NaN, corrupted = Number.NaN] = answer.split(' ').map(Number)
    return { received, corrupted }
  }

  #tell(text: string): void {
    if (this.#events.length === MOST_EVENTS_TOLD) return
    const { state, paths, trouble } = this.#status()
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1)
    this.#events.push(`${seconds} s: ${text} (${state}, ${paths.length} bridges, ${trouble ?? 'no trouble'})`)
  }
}

/** One transfer's progress. */
class Transfer {
  /** Rejects when nothing has come for too long. */
  readonly stalled: Promise<never>
  bytes = 0
  #timer: NodeJS.Timeout | undefined
  #lastAt: number | undefined

  constructor() {
    this.stalled = new Promise((_, reject) => {
      this.#timer = setTimeout(() => reject(new Error(`no progress in ${STALL_MS} ms`)), STALL_MS)
    })
  }

  /** Says that `bytes` more were carried; how long it took, in milliseconds. */
  add(bytes: number): number {
    this.bytes += bytes
    this.#timer?.refresh()
    const now = performance.now()
    const ms = now - (this.#lastAt ?? now)
    this.#lastAt = now
    return ms
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
