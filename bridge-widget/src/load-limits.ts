import { loadChunk } from './load-chunk.ts'

declare const BUNDLED: true | undefined
declare const PARTS: { readonly limits: string }

/** Loads the panel of the volunteer's own limits. Rejects if it cannot be had as it was built. */
export async function loadLimitsPanel(): Promise<typeof import('./limits-panel.ts')> {
  if (typeof BUNDLED === 'undefined') return import('./limits-panel.ts')
  return (await loadChunk('limits', PARTS.limits)) as typeof import('./limits-panel.ts')
}
