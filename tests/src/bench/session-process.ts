// A client of the network, with the library that everybody uses, and what it measures against an origin-process:
//
//   session-process.ts DESCRIPTOR ORIGIN_URL PATHS ASSOCIATIONS
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientStatus, connect } from '@footbridge/client'
import { KeystreamCheck } from '../keystream.ts'
import { ArrivalLog, type Gap } from './arrival-log.ts'
import { type EchoOptions, measureEcho } from './echo.ts'
import { serve } from './program.ts'
import { readRate } from './read-rate.ts'
import { type LoadOptions, type LoadReport, TransferLoad } from './transfer-load.ts'

const startedAt = performance.now()
const [network = '', originUrl = '', paths = '3', associations = '4'] = process.argv.slice(2)
const { hostname: host, port } = new URL(originUrl)
const client = await connect(network, { paths: Number(paths), associations: Number(associations) })
const connectedMs = performance.now() - startedAt

let dripping: { readonly check: KeystreamCheck; readonly log: ArrivalLog; stop(): Promise<void> } | undefined
let load: TransferLoad | undefined
let pouring: { stop(): Promise<void> } | undefined

serve('', {
  connectedMs: () => connectedMs,
  status: (): ClientStatus => client.status,
  /** Resolves once so many bridges are in use. */
  attached: async (count: number): Promise<void> => {
    while (client.status.paths.length < count) await sleep(20)
  },
  /** Bytes a second that one stream brings in `ms`, after `warmUpMs`. */
  rate: async (span: { warmUpMs: number; ms: number }): Promise<number> =>
    readRate((await ask('pour rate')).readable, span),
  /** Begins to receive what drips from the origin. */
  drip: async ({ seed, bytes, everyMs }: { seed: string; bytes: number; everyMs: number }): Promise<void> => {
    const { readable } = await ask(`drip ${seed} ${bytes} ${everyMs}`)
    const reader = readable.getReader()
    const check = new KeystreamCheck(seed)
    const log = new ArrivalLog()
    const reading = (async () => {
      for (let item = await reader.read(); !item.done; item = await reader.read()) {
        log.add()
        check.add(item.value)
      }
    })().catch(() => {})
    dripping = {
      check,
      log,
      stop: async () => {
        await reader.cancel()
        await reading
      },
    }
  },
  /** Milliseconds since 1970, on this machine's one clock. */
  now: () => performance.timeOrigin + performance.now(),
  /** The longest time without a byte since `since`, so far. */
  gap: (since: number): Gap => log().longestGap(since),
  /** Ends the dripping stream; how many of its bytes were wrong. */
  stopDrip: async (): Promise<{ received: number; corrupted: number }> => {
    const { check } = dripping ?? { check: { received: 0, corrupted: 0 } }
    await dripping?.stop()
    dripping = undefined
    return { received: check.received, corrupted: check.corrupted }
  },
  /** Round trips of small messages to the origin and back. */
  echo: async (options: EchoOptions): Promise<number[]> => measureEcho(await ask('echo'), options),
  /** Begins a bulk download that goes on until `stopPour`, and gives it `leadMs`. */
  pour: async (leadMs: number): Promise<void> => {
    const reader = (await ask('pour bulk')).readable.getReader()
    const reading = (async () => {
      for (let item = await reader.read(); !item.done; item = await reader.read());
    })().catch(() => {})
    pouring = {
      stop: async () => {
        await reader.cancel()
        await reading
      },
    }
    await sleep(leadMs)
  },
  stopPour: async (): Promise<void> => {
    await pouring?.stop()
    pouring = undefined
  },
  /** Keeps transfers running until `endLoad`. */
  beginLoad: (options: LoadOptions): void => {
    load = new TransferLoad(ask, () => client.status, options)
  },
  loadSoFar: (): LoadReport | undefined => load?.report,
  /** Starts no more of them; resolves when the last has come to its end. */
  endLoad: (): Promise<LoadReport> | undefined => load?.end(),
  close: () => client.close(),
})

async function ask(line: string): ReturnType<typeof client.open> {
  const stream = await client.open({ host, port: Number(port) })
  const writer = stream.writable.getWriter()
  await writer.write(new TextEncoder().encode(`${line}\n`))
  writer.releaseLock()
  return stream
}

function log(): ArrivalLog {
  if (dripping === undefined) throw new Error('nothing drips')
  return dripping.log
}
