import { beforeEach, describe, expect, it } from 'vitest'
import { Instances } from './cluster-instances.ts'
import type { Room } from './pool.ts'

const URL = 'https://signaling.example'

function room(free: Partial<Room['free']>, pool?: string): Map<string | undefined, Room> {
  return new Map([[pool, { free: { open: 0, restricted: 0, strict: 0, unknown: 0, ...free }, places: 8 }]])
}

let instances: Instances

beforeEach(() => {
  instances = new Instances()
})

describe('Instances', () => {
  it('knows those it heard of, until they miss several beats', () => {
    instances.heard({ from: 'a', number: 1 })
    instances.heard({ from: 'b', number: 1 })
    for (let beat = 1; beat <= 6; beat++) {
      expect(instances.beat()).toEqual([])
      instances.heard({ from: 'b', number: 1 + beat })
    }
    expect(instances.beat()).toEqual(['a'])
    expect([instances.has('a'), instances.has('b')]).toEqual([false, true])
  })

  it('takes no message twice, and none that is older than the last', () => {
    expect([2, 2, 1, 3].map((number) => instances.heard({ from: 'a', number }))).toEqual([
      true,
      false,
      false,
      true,
    ])
  })

  it('counts the offers that went to an instance until that says how much room it has', () => {
    instances.heard({ from: 'a', number: 1 })
    const free = (): number | undefined => {
      const { open = 0, restricted = 0 } = instances.roomsOf(undefined).get('a')?.free ?? {}
      return open + restricted
    }
    instances.learn('a', { url: URL, rooms: room({ open: 1, restricted: 3 }) })
    for (const left of [3, 2, 1, 0, 0]) {
      instances.take('a', undefined)
      expect(free()).toBeCloseTo(left)
    }
    instances.learn('a', { url: URL, rooms: room({ open: 5 }) })
    expect(free()).toBe(5)
  })

  it('keeps pools apart, and adds up what one message does not hold', () => {
    instances.heard({ from: 'a', number: 1 })
    instances.learn('a', { url: URL, rooms: room({ open: 1 }, 'one') })
    instances.learn('a', { url: URL, rooms: room({ open: 2 }, 'other'), continued: true })
    const open = (pool?: string): number | undefined => instances.roomsOf(pool).get('a')?.free.open
    expect([open(), open('one'), open('other')]).toEqual([undefined, 1, 2])
    instances.learn('a', { url: URL, rooms: room({ open: 3 }) })
    expect([open(), open('one'), open('other')]).toEqual([3, undefined, undefined])
  })

  it('listens to no more than so many', () => {
    const heard = Array.from({ length: 300 }, (_, at) => instances.heard({ from: `i${at}`, number: 1 }))
    expect(heard.filter(Boolean)).toHaveLength(256)
  })

  it('names each public origin once', () => {
    for (const from of ['a', 'b']) {
      instances.heard({ from, number: 1 })
      instances.learn(from, { url: URL, rooms: new Map() })
    }
    expect(instances.urls).toEqual([URL])
  })
})
