import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FifoMap } from './fifo-map.ts'

it('knows its oldest entry whatever came and went', () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('add', 'look', 'delete oldest'), fc.nat(40)), {
    maxLength: 120,
  })
  fc.assert(
    fc.property(steps, (steps) => {
      const map = new FifoMap<number, string>()
      const model = new Map<number, string>()
      let lastKey = 0
      for (const step of steps) {
        if (step === 'add') {
          lastKey += 1
          map.add(lastKey, `value ${lastKey}`)
          model.set(lastKey, `value ${lastKey}`)
        } else if (step === 'look') {
          expect(map.oldest).toBe([...model.values()][0])
        } else if (step === 'delete oldest') {
          map.deleteOldest()
          for (const [oldest] of [...model].slice(0, 1)) model.delete(oldest)
        } else if (typeof step === 'number') {
          map.delete(step)
          model.delete(step)
        }
        expect(map.size).toBe(model.size)
      }
      expect(map.oldest).toBe([...model.values()][0])
      expect([...map]).toEqual([...model])
      for (let key = 0; key <= lastKey; key++) {
        expect(map.has(key)).toBe(model.has(key))
        expect(map.get(key)).toBe(model.get(key))
      }
    }),
  )
})
