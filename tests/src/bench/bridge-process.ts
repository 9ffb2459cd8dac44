// A volunteer without a browser, which tells how much it carries: bridge-process.ts DESCRIPTOR
import { startHeadlessBridge } from '@footbridge/bridge-widget/node'
import { loadNetwork } from '@footbridge/shared/node'
import { serve } from './program.ts'

const [source = ''] = process.argv.slice(2)
const network = await loadNetwork(source, { signal: AbortSignal.timeout(10_000) })
const bridge = await startHeadlessBridge({ network })

serve('', {
  /** Bytes to clients so far. */
  bytesDown: (): number => bridge.engine.stats.bytesDown,
  leave: () => bridge.close(),
})
