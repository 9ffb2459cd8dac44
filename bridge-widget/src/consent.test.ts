import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { consentChanges, giveConsent, hasConsent, isConsent, withdrawConsent } from './consent.ts'

const DAY_MS = 24 * 3_600_000
const NOW = Date.UTC(2030, 0, 31)

const text = (givenAt: unknown, version: unknown = 1) => JSON.stringify({ version, givenAt })

describe('a consent that was kept', () => {
  it.each([
    ['just given', text(NOW), true],
    ['29 days old', text(NOW - 29 * DAY_MS), true],
    ['30 days old', text(NOW - 30 * DAY_MS), false],
    ['of the future', text(NOW + 1), false],
    ['to something else', text(NOW, 0), false],
    ['to what is yet to come', text(NOW, 2), false],
    ['without a time', text(undefined), false],
    ['with a time that is none', text(String(NOW)), false],
    ['empty', '', false],
    ['null', 'null', false],
    ['not there', null, false],
    ['over-long', text(NOW).padEnd(101), false],
  ])('that is %s: %s → %s', (_, kept, holds) => {
    expect(isConsent(kept, NOW)).toBe(holds)
  })

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 2 })), (kept) => {
        expect(isConsent(kept, NOW)).toBe(false)
      }),
    )
  })

  it('holds for 30 days and no moment longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100 * DAY_MS, max: 100 * DAY_MS }), (age) => {
        expect(isConsent(text(NOW - age), NOW)).toBe(age >= 0 && age < 30 * DAY_MS)
      }),
    )
  })
})

describe('consent in a browser', () => {
  afterEach(() => {
    withdrawConsent()
    vi.unstubAllGlobals()
  })

  it('holds from when it is given to when it is withdrawn, and the page hears of both', () => {
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    })
    const heard: boolean[] = []
    const listener = () => heard.push(hasConsent())
    consentChanges.addEventListener('change', listener)
    giveConsent()
    expect([...kept.keys()]).toEqual(['footbridge:consent'])
    withdrawConsent()
    withdrawConsent()
    consentChanges.removeEventListener('change', listener)
    expect(heard).toEqual([true, false])
    expect(kept.size).toBe(0)
  })

  const refuse = () => {
    throw new DOMException('not here', 'SecurityError')
  }
  it.each<[string, PropertyDescriptor]>([
    ['is forbidden', { get: refuse }],
    ['has no room', { value: { getItem: () => null, setItem: refuse, removeItem: () => {} } }],
  ])('holds for the visit where storage %s', (_, storage) => {
    vi.stubGlobal('localStorage', undefined)
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...storage })
    giveConsent()
    expect(hasConsent()).toBe(true)
    withdrawConsent()
    expect(hasConsent()).toBe(false)
  })
})
