import type { Language } from './language.ts'
import { type Chunk, loadChunk } from './load-chunk.ts'
import { textSources } from './text-sources.ts'
import { offer } from './texts/en.ts'
import type { LiveText, OfferText } from './texts/text.ts'

/**
 * Only the bundled element has them: for each language the file of what is read before opting in, and for English, which
 * has that in the element, the file of the rest. Each first file names its second with its digest.
 */
declare const TEXTS: Readonly<Record<Language, Chunk>> | undefined

export interface LoadedTexts {
  readonly offer: OfferText
  loadLive(): Promise<LiveText>
}

/** Always there. */
export const english: LoadedTexts = {
  offer,
  loadLive: async () =>
    typeof TEXTS === 'undefined' ? (await textSources.en()).live : await loadLiveFile(TEXTS.en),
}

/** Rejects if they cannot be had. */
export async function loadTexts(language: Language): Promise<LoadedTexts> {
  if (language === 'en') return english
  if (typeof TEXTS === 'undefined') {
    const { offer, live } = await textSources[language]()
    return { offer, loadLive: async () => live }
  }
  const { offer, live } = (await loadChunk(TEXTS[language])) as { offer: OfferText; live: Chunk }
  return { offer, loadLive: () => loadLiveFile(live) }
}

async function loadLiveFile(chunk: Chunk): Promise<LiveText> {
  return ((await loadChunk(chunk)) as { live: LiveText }).live
}
