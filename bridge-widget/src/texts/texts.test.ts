import { describe, expect, it } from 'vitest'
import { textSources } from '../text-sources.ts'
import * as english from './en.ts'
import type { Plural, Texts } from './text.ts'

const languages = [
  ['en', english as Texts] as const,
  ...(await Promise.all(
    Object.entries(textSources).map(async ([language, load]) => [language, await load()] as const),
  )),
]

/** Every text by its path, such as `live.reasons.hours`; a plural is one. */
function textsOf(value: object, path = ''): [string, string | Plural][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string | Plural][] =>
    typeof inner === 'string' || 'other' in inner
      ? [[`${path}${key}`, inner]]
      : textsOf(inner, `${path}${key}.`),
  )
}

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
const other = (text: string | Plural) => (typeof text === 'string' ? text : text.other)

/** Numbers of people that fall into a category. */
function countsOf(language: string, category: string): number[] {
  const rules = new Intl.PluralRules(language)
  return Array.from({ length: 1_000 }, (_, count) => count).filter(
    (count) => rules.select(count) === category,
  )
}

const inEnglish = new Map(textsOf({ offer: english.offer, live: english.live }))

describe.each(languages)('the texts in %s', (language, { offer, live }) => {
  const texts = textsOf({ offer, live })

  it('are all there, and none is empty', () => {
    expect(texts.map(([path]) => path).sort()).toEqual([...inEnglish.keys()].sort())
    for (const [, text] of texts) expect(other(text).trim()).not.toBe('')
  })

  it('have the same places to fill in', () => {
    for (const [path, text] of texts) {
      expect([path, placeholders(other(text))]).toEqual([
        path,
        placeholders(other(inEnglish.get(path) ?? '')),
      ])
    }
  })

  it('have a text for each number, as the language forms its plural', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    for (const [path, text] of texts) {
      if (typeof text === 'string') continue
      expect([path, Object.keys(text).sort()]).toEqual([path, [...pluralCategories].sort()])
      for (const [category, words] of Object.entries(text)) {
        // What is said of one number alone may say it in words.
        if (countsOf(language, category).length > 1)
          expect([path, placeholders(words)]).toEqual([path, ['{count}']])
      }
    }
  })

  if (language !== 'en') {
    it('are not left in English', () => {
      for (const [path, text] of texts)
        expect([path, other(text)]).not.toEqual([path, other(inEnglish.get(path) ?? '')])
    })
  }
})
