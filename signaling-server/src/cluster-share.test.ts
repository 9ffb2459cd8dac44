import { nodePrimitives } from '@footbridge/shared/node'
import { expect, it } from 'vitest'
import { holderOfShare } from './cluster-share.ts'

const NAMES = Array.from({ length: 300 }, (_, at) => `offer ${at}`)
const choices = (ids: readonly string[]) => NAMES.map((name) => holderOfShare(ids, name, nodePrimitives))

it('chooses alike whatever the order, and gives each its share', () => {
  const chosen = choices(['a', 'b', 'c'])
  expect(choices(['c', 'a', 'b'])).toEqual(chosen)
  for (const id of ['a', 'b', 'c']) expect(chosen.filter((other) => other === id).length).toBeGreaterThan(50)
  expect(holderOfShare([], 'offer', nodePrimitives)).toBeUndefined()
})

it('leaves what the others had with them when one goes', () => {
  const before = choices(['a', 'b', 'c'])
  const after = choices(['a', 'b'])
  for (const [at, id] of before.entries()) if (id !== 'c') expect(after[at]).toBe(id)
})
