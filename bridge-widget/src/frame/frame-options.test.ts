import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFrameOptions } from './frame-options.ts'

describe('parseFrameOptions', () => {
  it('takes what the element may be told by a site', () => {
    const search = '?layout=banner&theme=dark&lang=zh-Hans&max-clients=4&max-rate=2MB'
    expect(parseFrameOptions(search)).toEqual({
      layout: 'banner',
      theme: 'dark',
      lang: 'zh-Hans',
      'max-clients': '4',
      'max-rate': '2MB',
    })
  })

  it.each([
    ['a network of the site’s choosing', '?network=https://evil.example/v1/network'],
    ['an event handler', '?onclick=alert(1)'],
    ['a style', '?style=opacity:0'],
    ['a layout that does not exist', '?layout=hidden'],
    ['what is no language', '?lang=%22%3E%3Cscript%3E'],
    ['a parameter without a value', '?layout'],
    ['more than anybody has to say', `?layout=card&${'x'.repeat(1_024)}`],
  ])('ignores %s', (_, search) => {
    expect(parseFrameOptions(search)).toEqual({})
  })

  it('gives nothing but known attributes with harmless values, whatever comes', () => {
    const names = fc.constantFrom('layout', 'theme', 'lang', 'max-clients', 'max-rate', 'network', 'hidden')
    const values = fc.oneof(fc.string(), fc.constantFrom('card', 'dark', 'fa', '8', '1kB'))
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), (pairs) => {
        for (const [name, value] of Object.entries(parseFrameOptions(`?${new URLSearchParams(pairs)}`))) {
          expect(['layout', 'theme', 'lang', 'max-clients', 'max-rate']).toContain(name)
          expect(value).toMatch(/^[A-Za-z0-9.-]{1,35}$/)
        }
      }),
    )
  })
})
