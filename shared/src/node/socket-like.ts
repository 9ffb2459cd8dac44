import { Duplex } from 'node:stream'

/**
 * A `Duplex` with those methods of a `net.Socket` that HTTP libraries call without asking what they were given. Only the
 * idle timeout does something: the others are about TCP.
 */
export class SocketLikeDuplex extends Duplex {
  #idleMs = 0
  #timer: NodeJS.Timeout | undefined

  /** Emits `timeout` after each `ms` in which nothing was read or written; 0 for never. The stream stays open. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    this.#idleMs = ms
    if (onTimeout !== undefined && ms > 0) this.once('timeout', onTimeout)
    else if (onTimeout !== undefined) this.off('timeout', onTimeout)
    this.touch()
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Something was read or written. */
  protected touch(): void {
    clearTimeout(this.#timer)
    if (this.#idleMs === 0 || this.destroyed) return
    this.#timer = setTimeout(() => this.emit('timeout'), this.#idleMs).unref()
  }
}
