import type { Language } from './language.ts'
import { loadChunk } from './load-chunk.ts'
import { textSources } from './text-sources.ts'
import { offer } from './texts/en.ts'
import type { LiveText, OfferText } from './texts/text.ts'

declare const BUNDLED: true | undefined
/** Of what is read before opting in. Each of these files has the digest of the one with the rest. */
declare const TEXTS: Readonly<Record<Exclude<Language, 'en'>, string>>

export interface LoadedTexts {
  readonly offer: OfferText
  /** English comes with what shows it. */
  readonly loadLive?: () => Promise<LiveText>
}

/** Always there. */
export const english: LoadedTexts = { offer }

/** Rejects if they cannot be had. */
export async function loadTexts(language: Language): Promise<LoadedTexts> {
  if (language === 'en') return english
  if (typeof BUNDLED === 'undefined') {
    const { offer, live } = await textSources[language]()
    return { offer, loadLive: async () => live }
  }
  const text = (await loadChunk(`text-${language}`, TEXTS[language])) as {
    readonly offer: OfferText
    readonly live: string
  }
  return {
    offer: text.offer,
    loadLive: async () =>
      ((await loadChunk(`live-${language}`, text.live)) as { readonly live: LiveText }).live,
  }
}
