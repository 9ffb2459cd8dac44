import type { Language } from './language.ts'
import type { Texts } from './texts/text.ts'

/** For an element that is not bundled yet: whoever builds the page decides what is a file of its own. */
export const textSources: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Texts>>> = {
  ar: () => import('./texts/ar.ts'),
  es: () => import('./texts/es.ts'),
  fa: () => import('./texts/fa.ts'),
  fr: () => import('./texts/fr.ts'),
  my: () => import('./texts/my.ts'),
  pt: () => import('./texts/pt.ts'),
  ru: () => import('./texts/ru.ts'),
  tr: () => import('./texts/tr.ts'),
  vi: () => import('./texts/vi.ts'),
  'zh-Hans': () => import('./texts/zh-hans.ts'),
  'zh-Hant': () => import('./texts/zh-hant.ts'),
}
