import { describe, expect, it } from 'vitest'
import { originOfEmbedder } from './embedder.ts'

describe('originOfEmbedder', () => {
  it('is the nearest ancestor, where the browser says so', () => {
    const ancestorOrigins = ['https://site.example', 'https://top.example']
    expect(originOfEmbedder({ ancestorOrigins, referrer: 'https://other.example/' })).toBe(
      'https://site.example',
    )
  })

  it('is where the page came from, where it does not', () => {
    expect(originOfEmbedder({ referrer: 'https://site.example/news?x=1' })).toBe('https://site.example')
  })

  it.each([
    { referrer: '' },
    { referrer: 'nonsense' },
    { referrer: 'data:text/html,x' },
    { ancestorOrigins: [], referrer: 'https://site.example/' },
    { ancestorOrigins: ['null'], referrer: 'https://site.example/' },
  ])('is unknown of %j', (standing) => {
    expect(originOfEmbedder(standing)).toBeUndefined()
  })
})
