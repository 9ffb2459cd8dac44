import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrowserConditions, isBatteryLow } from './conditions.ts'

class FakeBattery extends EventTarget {
  level = 1
  charging = false

  set(level: number, charging = false): void {
    Object.assign(this, { level, charging })
    this.dispatchEvent(new Event('levelchange'))
  }
}

/** So that the promise of a battery has been kept. */
const soon = () => new Promise((resolve) => setTimeout(resolve))

describe('a low battery', () => {
  it.each([
    [0.2, false],
    [0.19, true],
    [0.24, true],
    [0.25, false],
    [0.21, false],
  ])('with %d charge, one after the other, is low: %s', (level, isLow) => {
    const levels = [0.2, 0.19, 0.24, 0.25, 0.21]
    const seen = levels.slice(0, levels.indexOf(level) + 1)
    expect(seen.reduce((wasLow, level) => isBatteryLow({ level, charging: false }, wasLow), false)).toBe(
      isLow,
    )
  })

  it('is none while it is charged', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (level, wasLow) => {
        expect(isBatteryLow({ level, charging: true }, wasLow)).toBe(false)
      }),
    )
  })
})

describe('the conditions of a browser', () => {
  it('say nothing where the browser tells nothing, or does not want to', async () => {
    for (const navigator of [
      {},
      { getBattery: () => Promise.reject(new DOMException('', 'NotAllowedError')) },
    ]) {
      const conditions = new BrowserConditions(navigator)
      let changes = 0
      const end = conditions.watch(() => (changes += 1))
      await soon()
      end()
      const { savesData, isCellular, isBatteryLow } = conditions
      expect([savesData, isCellular, isBatteryLow, changes]).toEqual([false, false, false, 0])
    }
  })

  it('follow what the browser tells, until nobody listens', async () => {
    const connection = Object.assign(new EventTarget(), { saveData: false, type: 'wifi' })
    const battery = new FakeBattery()
    const conditions = new BrowserConditions({ connection, getBattery: async () => battery })
    const seen: string[] = []
    const end = conditions.watch(() => {
      const { savesData, isCellular, isBatteryLow } = conditions
      seen.push([savesData, isCellular, isBatteryLow].map(Number).join(''))
    })
    await soon()
    Object.assign(connection, { type: 'cellular' }).dispatchEvent(new Event('change'))
    Object.assign(connection, { saveData: true }).dispatchEvent(new Event('change'))
    battery.set(0.1)
    battery.set(0.24)
    battery.set(0.24, true)
    end()
    battery.set(0.1)
    connection.dispatchEvent(new Event('change'))
    expect(seen).toEqual(['000', '010', '110', '111', '111', '110'])
  })

  it('do not follow a battery that is told of when nobody listens any more', async () => {
    const battery = new FakeBattery()
    let changes = 0
    const end = new BrowserConditions({ getBattery: async () => battery }).watch(() => (changes += 1))
    end()
    await soon()
    battery.set(0.1)
    expect(changes).toBe(0)
  })
})
