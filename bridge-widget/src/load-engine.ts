import { loadChunk } from './load-chunk.ts'

declare const BUNDLED: true | undefined
declare const PARTS: { readonly engine: string }

/** Loads what a volunteer's browser needs once it helps. Rejects if it cannot be had as it was built. */
export async function loadEngine(): Promise<typeof import('./browser-engine.ts')> {
  if (typeof BUNDLED === 'undefined') return import('./browser-engine.ts')
  return (await loadChunk('engine', PARTS.engine)) as typeof import('./browser-engine.ts')
}
