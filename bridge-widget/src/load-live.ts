import { loadChunk } from './load-chunk.ts'

declare const BUNDLED: true | undefined
declare const PARTS: { readonly live: string }

/** Loads what there is to see once somebody wants to see more. Rejects if it cannot be had as it was built. */
export async function loadLiveView(): Promise<typeof import('./live-view.ts')> {
  if (typeof BUNDLED === 'undefined') return import('./live-view.ts')
  return (await loadChunk('live', PARTS.live)) as typeof import('./live-view.ts')
}
