import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { execute } from './execute.ts'
import type { Namespace } from './namespace.ts'

/** One direction of a link. */
interface Way {
  /** From one end to the other, for a packet that does not queue. Default: 0. */
  readonly delayMs?: number
  /** Probability of a packet to be lost, 0 to 1. Default: 0. */
  readonly loss?: number
  /** Default: no limit. */
  readonly bytesPerSecond?: number
  /** Longest wait for the line; a packet that would wait longer is dropped. Default: {@link DEFAULT_QUEUE_MS}. */
  readonly queueMs?: number
}

/** Both directions alike, or each its own: `up` is from the host to the internet. */
export type LinkShape = Way | { readonly up: Way; readonly down: Way }

/** An interface that comes into being with the link. */
export interface LinkEnd {
  readonly namespace: Namespace
  readonly interfaceName: string
}

const DEFAULT_QUEUE_MS = 100

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
 * A link with delay, loss and a rate, kept up by a program of its own. The kernel's netem would do, but many kernels come
 * without; this behaves alike on all of them, and loses the same packets of the same sequence for the same seed.
 */
export class EmulatedLink {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>
  #lastChange: Promise<void>

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#lastChange = this.#answer()
    // That it cannot be run or written to shows in the missing answer.
    child.on('error', () => {})
    child.stdin.on('error', () => {})
  }

  /** Makes both interfaces, down as yet. The same seed loses the same packets of a sequence. */
  static async lay(program: string, hostEnd: LinkEnd, farEnd: LinkEnd, seed: number): Promise<EmulatedLink> {
    const ends = [hostEnd, farEnd].flatMap(({ namespace, interfaceName }) => [namespace.name, interfaceName])
    const link = new EmulatedLink(
      spawn(program, [...ends, String(seed)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await link.#lastChange
    return link
  }

  /** Takes effect for the packets that come after. */
  shape(shape: LinkShape): Promise<void> {
    const { up, down } = 'up' in shape ? shape : { up: shape, down: shape }
    this.#lastChange = this.#lastChange.then(() => {
      this.#child.stdin.write(`${describeWay(up)} ${describeWay(down)}\n`)
      return this.#answer()
    })
    return this.#lastChange
  }

  /** Its interfaces go with it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }

  async #answer(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_TIMEOUT_MS)
    const { done } = await this.#answers.next()
    clearTimeout(timer)
    if (done) throw new Error('a link emulator has ended')
  }
}

/** As the emulator reads it. */
function describeWay({ delayMs = 0, loss = 0, bytesPerSecond = 0, queueMs = DEFAULT_QUEUE_MS }: Way): string {
  const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * NS_PER_MS)
  return [nanoseconds(delayMs), loss, Math.round(bytesPerSecond), nanoseconds(queueMs)].join(' ')
}
