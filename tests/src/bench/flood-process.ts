// Somebody who wants to be in the way: flood-process.ts SIGNALING_URL
import { setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Flooder } from './fake-flood.ts'
import { addressOf } from './fake-peers.ts'
import { serve } from './program.ts'

export interface Flood {
  readonly sockets: number
  /** Of all sockets together. */
  readonly messagesPerSecond: number
  readonly ms: number
}

export interface FloodTally {
  readonly sent: number
  readonly connections: number
}

/** Addresses that nobody else has. */
const FIRST_ADDRESS = 2 << 20
/** How long a socket saves up messages, while it is not let in. */
const MOST_DUE_MS = 1_000
/** They come one after the other in this time, as those do who are not one. */
const FLOOD_RISE_MS = 1_000

const [signalingUrl = ''] = process.argv.slice(2)
const port = Number(new URL(signalingUrl).port)

// Its own work would be done by other computers. It must not be in the way of those that are measured.
setPriority(10)

serve('', {
  flood: async ({ sockets, messagesPerSecond, ms }: Flood): Promise<FloodTally> => {
    const flooders = Array.from(
      { length: sockets },
      (_, index) => new Flooder(port, addressOf(FIRST_ADDRESS + index)),
    )
    const mostDue = (messagesPerSecond / sockets) * (MOST_DUE_MS / 1_000)
    const startedAt = performance.now()
    let begun = 0
    for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - startedAt) {
      const due = Math.floor((elapsed / 1_000) * messagesPerSecond)
      const risen = Math.min(sockets, Math.ceil((elapsed / FLOOD_RISE_MS) * sockets))
      for (; begun < due; begun += 1) flooders[begun % Math.max(1, risen)]?.send(mostDue)
      await sleep(1)
    }
    for (const flooder of flooders) flooder.stop()
    return {
      sent: flooders.reduce((sum, { sent }) => sum + sent, 0),
      connections: flooders.reduce((sum, { connections }) => sum + connections, 0),
    }
  },
})
