/** Languages the element speaks, as BCP 47 tags. */
export const LANGUAGES = [
  'en',
  'ar',
  'es',
  'fa',
  'fr',
  'my',
  'pt',
  'ru',
  'tr',
  'vi',
  'zh-Hans',
  'zh-Hant',
] as const

export type Language = (typeof LANGUAGES)[number]

/** The one to speak where `tag` is asked for, such as `zh-Hant` for `zh-TW`; English if there is none. */
export function matchLanguage(tag: string): Language {
  const [name = ''] = tag.toLowerCase().split('-')
  if (name === 'zh') return /hant|tw|hk|mo/i.test(tag) && !/hans/i.test(tag) ? 'zh-Hant' : 'zh-Hans'
  return LANGUAGES.find((language) => language === name) ?? 'en'
}

/** The language of an element: its own `lang`, else that of the closest around it, shadow hosts included. */
export function languageTagOf(element: Element): string {
  const found = element.closest('[lang]')
  if (found) return found.getAttribute('lang') ?? ''
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? languageTagOf(root.host) : ''
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' || language === 'fa' ? 'rtl' : 'ltr'
}
