/** Languages the element speaks, as BCP 47 tags. */
export type Language = 'en' | 'ar' | 'es' | 'fa' | 'fr' | 'my' | 'pt' | 'ru' | 'tr' | 'vi' | 'zh-Hans' | 'zh-Hant'

const PLAIN = 'en ar es fa fr my pt ru tr vi'.split(' ')

/** The one to speak where `tag` is asked for, such as `zh-Hant` for `zh-TW`; English if there is none. */
export function matchLanguage(tag: string): Language {
  const [name = '', ...rest] = tag.toLowerCase().split('-')
  if (name === 'zh') {
    const isTraditional = rest.includes('hant') || (!rest.includes('hans') && /tw|hk|mo/.test(rest.join()))
    return isTraditional ? 'zh-Hant' : 'zh-Hans'
  }
  return (PLAIN.includes(name) ? name : 'en') as Language
}

/** The language of an element: its own `lang`, else that of the closest around it, shadow hosts included. */
export function languageTagOf(element: Element): string {
  for (let at: Element | undefined = element; at; ) {
    const found: Element | null = at.closest('[lang]')
    if (found) return found.getAttribute('lang') ?? ''
    const root: Node = at.getRootNode()
    at = root instanceof ShadowRoot ? root.host : undefined
  }
  return ''
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' || language === 'fa' ? 'rtl' : 'ltr'
}
