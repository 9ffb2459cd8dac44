import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Holding, sessionsToEnd } from './memory-limit.ts'

const MAX_BYTES = 3_200

const orphan = (heldBytes: number): Holding => ({ heldBytes, orphaned: true })
const attached = (heldBytes: number): Holding => ({ heldBytes, orphaned: false })

describe('the memory limit', () => {
  it('lets everybody be while all is within bounds', () => {
    expect(sessionsToEnd([], MAX_BYTES)).toEqual([])
    const sessions = [orphan(50), orphan(50), ...Array.from({ length: 5 }, () => attached(600))]
    expect(sessionsToEnd(sessions, MAX_BYTES)).toEqual([])
  })

  it('ends the largest sessions without a path when they hold more than a thirty-second', () => {
    const sessions = [orphan(30), orphan(60), attached(300), orphan(40), orphan(20)]
    expect(sessionsToEnd(sessions, MAX_BYTES)).toEqual([orphan(60)])
  })

  it('ends those without a path first when the whole is used up, then the largest', () => {
    const sessions = [...Array.from({ length: 5 }, () => attached(700)), orphan(50), attached(200)]
    expect(sessionsToEnd(sessions, MAX_BYTES)).toEqual([orphan(50), attached(700)])
  })

  it('ends a session that alone holds more than a quarter, whatever the others hold', () => {
    expect(sessionsToEnd([attached(801), attached(1), orphan(1)], MAX_BYTES)).toEqual([attached(801)])
  })

  it('leaves no more than is allowed and ends none in vain', () => {
    const holding = fc.record({ heldBytes: fc.nat(900), orphaned: fc.boolean() })
    const sum = (sessions: readonly Holding[]) =>
      sessions.reduce((total, { heldBytes }) => total + heldBytes, 0)
    const fits = (sessions: readonly Holding[]) =>
      sum(sessions) <= MAX_BYTES &&
      sum(sessions.filter(({ orphaned }) => orphaned)) <= MAX_BYTES / 32 &&
      sessions.every(({ heldBytes }) => heldBytes <= MAX_BYTES / 4)
    fc.assert(
      fc.property(fc.array(holding), (sessions) => {
        const ended = sessionsToEnd(sessions, MAX_BYTES)
        const left = sessions.filter((session) => !ended.includes(session))
        expect(left.length + ended.length).toBe(sessions.length)
        expect(fits(left)).toBe(true)
        const last = ended.at(-1)
        if (last !== undefined) expect(fits([...left, last])).toBe(false)
      }),
    )
  })
})
