// A client that has just started, as the `footbridge` command begins: first-byte-process.ts DESCRIPTOR_URL ORIGIN_URL
import { openClient } from '@footbridge/client'
import { loadNetwork } from '@footbridge/shared/node'
import { serve } from './program.ts'

const [source = '', originUrl = ''] = process.argv.slice(2)
const { hostname: host, port } = new URL(originUrl)
// A person has the descriptor already.
const network = await loadNetwork(source, { signal: AbortSignal.timeout(30_000) })

serve('', {
  /** Milliseconds from nothing to the first byte of an answer. */
  firstByte: async (): Promise<number> => {
    const startedAt = performance.now()
    const client = await openClient(network)
    const { readable, writable } = await client.open({ host, port: Number(port) })
    const writer = writable.getWriter()
    await writer.write(new TextEncoder().encode('pour first 1000\n'))
    const reader = readable.getReader()
    await reader.read()
    const ms = performance.now() - startedAt
    await client.close()
    return ms
  },
})
