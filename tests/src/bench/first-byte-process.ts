// A client that has just started, as the `footbridge` command begins: first-byte-process.ts DESCRIPTOR_URL
import { openClient } from '@footbridge/client'
import { loadNetwork } from '@footbridge/shared/node'
import { serve } from './program.ts'

const [source = ''] = process.argv.slice(2)
// A person has the descriptor already.
const network = await loadNetwork(source, { signal: AbortSignal.timeout(30_000) })

serve('', {
  /** Milliseconds from nothing to the first byte from `url`, which may want a `request` first. */
  firstByte: async ({ url, request }: { url: string; request?: string }): Promise<number> => {
    const { hostname: host, port } = new URL(url)
    const startedAt = performance.now()
    const client = await openClient(network)
    const { readable, writable } = await client.open({ host, port: Number(port) })
    if (request !== undefined) await writable.getWriter().write(new TextEncoder().encode(request))
    const reader = readable.getReader()
    await reader.read()
    const ms = performance.now() - startedAt
    await client.close()
    return ms
  },
})
