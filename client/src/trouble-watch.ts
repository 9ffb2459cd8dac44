import type { Clock, NetworkDescriptor } from '@footbridge/shared'
import type { FootbridgeClient } from './client.ts'
import { diagnose } from './diagnose.ts'
import { describeFinding } from './finding.ts'
import type { Trouble } from './path-pool.ts'

/** What is wrong is looked for so often at most. */
const LOOK_AGAIN_MS = 15_000

/** Those that say what they mean: the network was reached, and gave its reason. */
const CLEAR: ReadonlySet<Trouble> = new Set(['no-bridge', 'limit', 'version', 'old-network'])

export interface TroubleWatchOptions {
  readonly network: NetworkDescriptor
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
  /** Gets a sentence or two on what is wrong, and what to do; each once until something else is found. */
  readonly explain: (text: string) => void
}

/** While `client` cannot reach its network, finds out why. */
export function watchTrouble(
  client: Pick<FootbridgeClient, 'status' | 'addEventListener'>,
  { network, clock, signal, explain }: TroubleWatchOptions,
): void {
  let explained: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = async (): Promise<void> => {
    const { state, trouble } = client.status
    if (state === 'connected') explained = undefined
    if (trouble === undefined || CLEAR.has(trouble) || clock.now() < lookedAt + LOOK_AGAIN_MS) return
    lookedAt = clock.now()
    const finding = await diagnose(network, signal)
    const text = finding && describeFinding(finding)
    if (text === undefined || text === explained || signal.aborted || client.status.state === 'connected')
      return
    explained = text
    explain(text)
  }
  client.addEventListener('statechange', () => void look(), { signal })
}
