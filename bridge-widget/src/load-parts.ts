import { type Chunk, loadChunk } from './load-chunk.ts'

/** Only the bundled element has them, from its build. */
declare const PARTS: { readonly live: Chunk; readonly limits: Chunk } | undefined

/** What there is to see once it is on. Rejects if it cannot be had as it was built. */
export async function loadLiveView(): Promise<typeof import('./live-view.ts')> {
  if (typeof PARTS === 'undefined') return import('./live-view.ts')
  return (await loadChunk(PARTS.live)) as typeof import('./live-view.ts')
}

/** The volunteer's own limits. Rejects if it cannot be had as it was built. */
export async function loadLimitsPanel(): Promise<typeof import('./limits-panel.ts')> {
  if (typeof PARTS === 'undefined') return import('./limits-panel.ts')
  return (await loadChunk(PARTS.limits)) as typeof import('./limits-panel.ts')
}
