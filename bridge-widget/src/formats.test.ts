import { expect, it } from 'vitest'
import {
  formatByteRate,
  formatBytes,
  formatDuration,
  formatHour,
  formatLength,
  formatRate,
  plural,
} from './formats.ts'

it('writes sizes, rates and times as a language does', () => {
  expect(formatBytes(1_500_000, 'en')).toBe('1.5 MB')
  expect(formatBytes(0, 'en')).toBe('0 kB')
  expect(formatBytes(312_400_000, 'en')).toBe('312 MB')
  expect(formatBytes(2e16, 'en')).toBe('20,000 TB')
  expect(formatByteRate(1_200_000, 'en')).toBe('1.2 MB/s')
  expect(formatRate(250_000, 'en')).toBe('2 Mb/s')
  expect(formatDuration(12_000, 'en')).toBe('3 hr 20 min')
  expect(formatDuration(93_840, 'en')).toBe('26 hr')
  expect(formatDuration(59, 'en')).toBe('0 min')
  expect(formatLength(18_000, 'ru')).toBe('5 часов')
  expect(formatHour(22, 'fr')).toBe('22:00')
  expect(formatBytes(48.6e9, 'fa')).toContain('۴۸٫۶')
})

it('has no words of another language for one that the browser does not know', () => {
  expect(formatLength(7_200, 'tlh')).toBe('2h')
  expect(formatHour(22, 'tlh')).toBe('22:00')
})

it('chooses the form that the number takes', () => {
  const texts = { one: '{count} человек', few: '{count} человека', many: '{count} человек', other: '?' }
  expect([1, 2, 5, 21, 111].map((count) => plural(texts, count, 'ru'))).toEqual([
    '1 человек',
    '2 человека',
    '5 человек',
    '21 человек',
    '111 человек',
  ])
})
