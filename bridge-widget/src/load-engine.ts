import { type Chunk, loadChunk } from './load-chunk.ts'

/** Only the bundled element has it, from its build. */
declare const ENGINE: Chunk | undefined

/** Loads what a volunteer's browser needs once it helps. Rejects if it cannot be had as it was built. */
export async function loadEngine(): Promise<typeof import('./browser-engine.ts')> {
  if (typeof ENGINE === 'undefined') return import('./browser-engine.ts')
  return (await loadChunk(ENGINE)) as typeof import('./browser-engine.ts')
}
