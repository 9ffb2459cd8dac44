import type { Clock, NetworkDescriptor } from '@footbridge/shared'
import type { FootbridgeClient } from './client.ts'
import { diagnose } from './diagnose.ts'
import { describeFinding } from './finding.ts'
import type { Trouble } from './path-pool.ts'

/** Where nothing has failed yet, but nothing has come either, it is looked into after this. */
const PATIENCE_MS = 1_500
/** What is wrong is looked for so often at most. */
const LOOK_AGAIN_MS = 15_000

/** Those that say what they mean: the network was reached, and gave its reason. */
const CLEAR: ReadonlySet<Trouble> = new Set(['no-bridge', 'limit', 'version', 'old-network'])

const NOTHING_FOUND =
  'The network is reached, but no volunteer yet; it goes on trying, and footbridge doctor tells more.'

export interface TroubleWatchOptions {
  readonly network: NetworkDescriptor
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly signal: AbortSignal
  /** Gets a sentence or two on what is wrong, and what to do; each once until something else is found. */
  readonly explain: (text: string) => void
}

/** While `client` cannot reach its network, or takes long to, finds out why. */
export function watchTrouble(
  client: Pick<FootbridgeClient, 'status' | 'addEventListener'>,
  { network, clock, signal, explain }: TroubleWatchOptions,
): void {
  let explained: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let cancelPatience: (() => void) | undefined

  const look = async (): Promise<void> => {
    if (signal.aborted || clock.now() < lookedAt + LOOK_AGAIN_MS) return
    lookedAt = clock.now()
    const finding = await diagnose(network, signal)
    const { state, trouble } = client.status
    if (signal.aborted || state === 'connected') return
    const text = finding ? describeFinding(finding) : trouble && NOTHING_FOUND
    if (text === undefined || text === explained) return
    explained = text
    explain(text)
  }

  const heed = (): void => {
    const { state, trouble } = client.status
    if (state === 'connected' || state === 'closed') {
      explained = undefined
      cancelPatience?.()
      cancelPatience = undefined
    } else if (trouble === undefined) {
      cancelPatience ??= clock.after(PATIENCE_MS, () => void look())
    } else if (!CLEAR.has(trouble)) {
      void look()
    }
  }
  client.addEventListener('statechange', heed, { signal })
  signal.addEventListener('abort', () => cancelPatience?.())
  heed()
}
