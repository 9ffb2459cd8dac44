import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { execute } from './execute.ts'
import type { Namespace } from './namespace.ts'

/** One direction of a link. */
export interface Way {
  /** Time from one end to the other, for a packet that does not queue. Default: 0. */
  readonly delayMs?: number
  /** Probability of a packet to be lost, 0 to 1. Default: 0. */
  readonly loss?: number
  /** Default: no limit. */
  readonly bytesPerSecond?: number
  /** Longest wait for the line; what would wait longer is dropped. Default: {@link DEFAULT_QUEUE_MS}. */
  readonly queueMs?: number
}

/** Both directions alike, or each as it is: `up` is from the host to the internet. */
export type LinkShape = Way | { readonly up: Way; readonly down: Way }

/** An end of a link: an interface that comes into being with the link. */
export interface LinkEnd {
  readonly namespace: Namespace
  readonly interfaceName: string
}

export const DEFAULT_QUEUE_MS = 100

const SOURCE = fileURLToPath(new URL('link-emulator.c', import.meta.url))
const COMPILE_TIMEOUT_MS = 60_000
const ANSWER_TIMEOUT_MS = 5_000
const NS_PER_MS = 1_000_000

/** Compiles the emulator into `folder`; resolves to the program. */
export async function compileLinkEmulator(folder: string): Promise<string> {
  const program = join(folder, 'link-emulator')
  await execute('gcc', ['-O2', '-o', program, SOURCE], { timeoutMs: COMPILE_TIMEOUT_MS })
  return program
}

/**
 * A link with delay, loss and a rate, by a program of our own. The kernel's netem does the same where there is one; this
 * behaves alike on every kernel, loses the same packets for the same seed, and never a burst that an interface took for one packet.
 */
export class EmulatedLink {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: Interface
  /** Changes of shape, one after the other: each waits for its answer. */
  #last: Promise<unknown>

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child
    this.#answers = createInterface({ input: child.stdout })
    this.#last = this.#answer()
    // Whoever waits for an answer hears of it.
    child.stdin.on('error', () => {})
  }

  /** Makes both interfaces, down yet. The same seed loses the same packets of a sequence. */
  static async lay(program: string, hostEnd: LinkEnd, farEnd: LinkEnd, seed: number): Promise<EmulatedLink> {
    const ends = [hostEnd, farEnd].flatMap(({ namespace, interfaceName }) => [namespace.name, interfaceName])
    const link = new EmulatedLink(spawn(program, [...ends, String(seed)], { stdio: ['pipe', 'pipe', 'inherit'] }))
    await link.#last
    return link
  }

  /** Takes effect for packets that come from now on. */
  shape(shape: LinkShape): Promise<void> {
    const { up, down } = 'up' in shape ? shape : { up: shape, down: shape }
    const change = this.#last.then(async () => {
      this.#child.stdin.write(`${wayFields(up)} ${wayFields(down)}\n`)
      await this.#answer()
    })
    this.#last = change
    return change
  }

  /** The interfaces go with it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }

  async #answer(): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const ended = once(this.#answers, 'close', { signal }).then(() => {
      throw new Error('a link emulator has ended')
    })
    await Promise.race([once(this.#answers, 'line', { signal }), ended])
    ended.catch(() => {})
  }
}

function wayFields({ delayMs = 0, loss = 0, bytesPerSecond = 0, queueMs = DEFAULT_QUEUE_MS }: Way): string {
  const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * NS_PER_MS)
  return [nanoseconds(delayMs), loss, Math.round(bytesPerSecond), nanoseconds(queueMs)].join(' ')
}
