/** Measures bytes a second in `ms`, once `warmUpMs` have passed since the first of them. */
export class RateMeter {
  readonly #warmUpMs: number
  readonly #ms: number
  #startedAt: number | undefined
  #from: number | undefined
  #bytes = 0

  constructor(warmUpMs: number, ms: number) {
    this.#warmUpMs = warmUpMs
    this.#ms = ms
  }

  /** Says that bytes have come; answers with the rate once it is known. */
  add(bytes: number): number | undefined {
    const now = performance.now()
    this.#startedAt ??= now
    if (now - this.#startedAt < this.#warmUpMs) return undefined
    // What comes with the first one began before.
    if (this.#from === undefined) this.#from = now
    else this.#bytes += bytes
    return now - this.#from < this.#ms ? undefined : (this.#bytes * 1_000) / (now - this.#from)
  }
}

/** Bytes a second that come out of `readable`, as a {@link RateMeter} measures them. Ends it. */
export async function readRate(
  readable: ReadableStream<Uint8Array>,
  { warmUpMs, ms }: { readonly warmUpMs: number; readonly ms: number },
): Promise<number> {
  const reader = readable.getReader()
  const meter = new RateMeter(warmUpMs, ms)
  for (let item = await reader.read(); !item.done; item = await reader.read()) {
    const rate = meter.add(item.value.length)
    if (rate === undefined) continue
    await reader.cancel()
    return rate
  }
  throw new Error('the stream ended before it was measured')
}
