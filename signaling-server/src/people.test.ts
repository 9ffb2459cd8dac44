import { expect, test } from 'vitest'
import { People } from './people.ts'

const NOON = Date.UTC(2026, 10, 24, 12)
const DAY_MS = 86_400_000

test('everybody counts once a day', () => {
  const people = new People()
  for (let time = NOON; time < NOON + 10_000; time += 1_000) {
    for (let i = 0; i < 8; i++) people.helped(`person ${i}`, time)
  }
  expect(people.total).toBe(8)
  people.helped('person 0', NOON + DAY_MS)
  expect(people.total).toBe(16)
})

test('nobody is seen to come, since only eight more show', () => {
  const people = new People()
  expect(people.total).toBe(0)
  const totals = Array.from({ length: 17 }, (_, i) => {
    people.helped(`person ${i}`, NOON)
    return people.total
  })
  expect(totals).toEqual([...Array(8).fill(8), ...Array(8).fill(16), 24])
})

test('no more than a cap of them are remembered', () => {
  const people = new People(10)
  for (let i = 0; i < 1_000; i++) people.helped(`person ${i}`, NOON)
  expect(people.total).toBe(16)
})
