import { expect, it } from 'vitest'
import { matchLanguage } from './language.ts'

it.each([
  ['', 'en'],
  ['en-GB', 'en'],
  ['de', 'en'],
  ['FA', 'fa'],
  ['ar-EG', 'ar'],
  ['pt-BR', 'pt'],
  ['zh', 'zh-Hans'],
  ['zh-CN', 'zh-Hans'],
  ['zh-TW', 'zh-Hant'],
  ['zh-Hant-HK', 'zh-Hant'],
  ['zh-Hans-HK', 'zh-Hans'],
  ['constructor', 'en'],
])('where %j is asked for, the element speaks %s', (tag, language) => {
  expect(matchLanguage(tag)).toBe(language)
})
