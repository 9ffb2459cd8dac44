// A client on a host of the box, which connects as often as the test wants, and says how that went.
//
//   client.test.fixture.ts NETWORK
import { connect } from '@footbridge/client'
import { loadNetwork, probeNat } from '@footbridge/shared/node'

/** What the test asks: which class the NAT has, or to connect within a time, and fetch a page. */
export type ToClient =
  | { readonly type: 'probe' }
  | { readonly type: 'fetch'; readonly url: string; readonly connectWithinMs: number }

export type FromClient =
  | { readonly type: 'ready' }
  | { readonly type: 'probed'; readonly nat: string | undefined }
  /** The page's length, and the time from nothing to a path. */
  | { readonly type: 'fetched'; readonly bytes: number; readonly connectedAfterMs: number }
  | { readonly type: 'failed'; readonly code: unknown }

const FETCH_TIMEOUT_MS = 15_000

const [url = ''] = process.argv.slice(2)
const network = await loadNetwork(url, { signal: AbortSignal.timeout(10_000) })

process.on('disconnect', () => process.exit())
process.on('message', async (message: ToClient) => {
  if (message.type === 'probe') {
    tell({ type: 'probed', nat: await probeNat(network.stun, new AbortController().signal) })
  } else await fetchOnce(message)
})
tell({ type: 'ready' })

/** By a client of its own, which remembers nothing of those before. */
async function fetchOnce({ url, connectWithinMs }: ToClient & { type: 'fetch' }): Promise<void> {
  const startedAt = performance.now()
  try {
    const client = await connect(network, { signal: AbortSignal.timeout(connectWithinMs) })
    const connectedAfterMs = performance.now() - startedAt
    try {
      const response = await client.fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
      const { byteLength } = await response.arrayBuffer()
      tell({ type: 'fetched', bytes: byteLength, connectedAfterMs })
    } finally {
      await client.close()
    }
  } catch (error) {
    tell({ type: 'failed', code: (error as { code?: unknown }).code ?? String(error) })
  }
}

function tell(message: FromClient): void {
  process.send?.(message)
}
