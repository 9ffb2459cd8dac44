import { beforeEach, describe, expect, it } from 'vitest'
import { Instances } from './cluster-instances.ts'

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
    instances.learn('a', 'https://a.example', { free: 1, places: 8 })
    for (const free of [0, 0]) {
      instances.take('a')
      expect(instances.rooms.get('a')).toMatchObject({ free, places: 8 })
    }
    instances.learn('a', 'https://a.example', { free: 5, places: 8 })
    expect(instances.rooms.get('a')).toMatchObject({ free: 5 })
  })

  it('listens to no more than so many', () => {
    const heard = Array.from({ length: 300 }, (_, at) => instances.heard({ from: `i${at}`, number: 1 }))
    expect(heard.filter(Boolean)).toHaveLength(256)
  })

  it('names each public origin once', () => {
    for (const from of ['a', 'b']) {
      instances.heard({ from, number: 1 })
      instances.learn(from, 'https://both.example', { free: 0, places: 0 })
    }
    expect(instances.urls).toEqual(['https://both.example'])
  })
})
