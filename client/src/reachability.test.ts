import { type NatClass, systemClock } from '@footbridge/shared'
import { expect, it } from 'vitest'
import { Reachability } from './reachability.ts'

it('tells what is known of the NAT at the time, and nothing otherwise', () => {
  let nat: NatClass | undefined
  const reachability = new Reachability({ clock: systemClock, nat: () => nat })
  expect(reachability.facts).toEqual({})
  nat = 'strict'
  expect(reachability.facts).toEqual({ nat: 'strict' })
})

it('tells for ten minutes that there was no way to a bridge', () => {
  let now = 0
  const reachability = new Reachability({ clock: { ...systemClock, now: () => now }, nat: () => undefined })
  reachability.unreached()
  now = 599_999
  expect(reachability.facts).toEqual({ unreached: true })
  now = 600_000
  expect(reachability.facts).toEqual({})
})
