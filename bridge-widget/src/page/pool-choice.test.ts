import { poolId } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chosenPool, chosenSecret, parsePoolChoice, secretIn } from './pool-choice.ts'

const OWN = `${'A'.repeat(42)}E`
const GIVEN = `${'B'.repeat(42)}E`

it('keeps who is helped, and each secret', () => {
  const choice = { helped: 'joined', own: OWN, joined: GIVEN } as const
  expect(parsePoolChoice(JSON.stringify(choice))).toEqual(choice)
  expect(chosenSecret(choice)).toBe(GIVEN)
  expect(chosenSecret({ ...choice, helped: 'own' })).toBe(OWN)
  expect(chosenSecret({ ...choice, helped: 'everybody' })).toBeUndefined()
})

it('names the pool as every other bridge and client does', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, at) => at)
  const own = Buffer.from(secret).toString('base64url')
  expect(chosenPool({ helped: 'own', own })).toBe(poolId(secret, nodePrimitives))
})

it.each([
  ['nothing', null],
  ['no JSON', '{'],
  ['no object', '"own"'],
  ['a choice without its secret', '{"helped":"own"}'],
  ['a secret that is cut short', JSON.stringify({ helped: 'own', own: OWN.slice(1) })],
  ['a secret of another type', JSON.stringify({ helped: 'joined', joined: 7 })],
  ['nobody that there is', JSON.stringify({ helped: 'some', own: undefined })],
])('takes %s for everybody', (_, text) => {
  expect(parsePoolChoice(text)).toEqual({ helped: 'everybody' })
})

it('finds no secret in what anybody may put behind a #', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^[\w-]{43}$/.test(text))
      expect(secretIn(text)).toBeUndefined()
    }),
  )
})
