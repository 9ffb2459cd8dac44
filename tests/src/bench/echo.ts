import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamPair } from '@footbridge/shared'

export interface EchoOptions {
  readonly count: number
  readonly bytes: number
  /** From one message to the next. */
  readonly everyMs: number
}

/** Round trips in milliseconds of `count` messages that the other end sends back, one at a time. */
export async function measureEcho(
  { readable, writable }: StreamPair,
  options: EchoOptions,
): Promise<number[]> {
  const reader = readable.getReader()
  const writer = writable.getWriter()
  const message = new Uint8Array(options.bytes)
  const trips = await timeTrips(options, async () => {
    await writer.write(message)
    for (let missing = message.length; missing > 0; ) {
      const { value, done } = await reader.read()
      if (done) throw new Error('the echo ended')
      missing -= value.length
    }
  })
  await writer.close()
  for (let item = await reader.read(); !item.done; item = await reader.read());
  return trips
}

/** How long each of `count` calls of `trip` takes. */
export async function timeTrips(
  { count, everyMs }: EchoOptions,
  trip: () => Promise<void>,
): Promise<number[]> {
  const trips: number[] = []
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now()
    await trip()
    const tripMs = performance.now() - startedAt
    trips.push(tripMs)
    if (tripMs < everyMs) await sleep(everyMs - tripMs)
  }
  return trips
}
