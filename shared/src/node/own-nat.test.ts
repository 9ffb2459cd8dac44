import { describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import type { NatClass } from '../nat-class.ts'
import { OwnNat } from './own-nat.ts'

const HOUR_MS = 3_600_000

/** A machine that can be moved to other networks. */
class Machine {
  now = 0
  addresses = 'home'
  nat: NatClass | undefined = 'restricted'
  measurements = 0
  readonly own = new OwnNat({
    stun: [],
    clock: { ...systemClock, now: () => this.now },
    addresses: () => this.addresses,
    probe: async (_, signal) => {
      this.measurements += 1
      await Promise.resolve()
      signal.throwIfAborted()
      return this.nat
    },
  })
}

describe('the class of the own NAT', () => {
  it('is unknown until it is measured, and nobody waits for that who only asks', async () => {
    const { own } = new Machine()
    expect(own.class).toBeUndefined()
    await own.measured()
    expect(own.class).toBe('restricted')
  })

  it('is measured once, however often it is asked for', async () => {
    const machine = new Machine()
    await Promise.all([machine.own.measured(), machine.own.measured()])
    machine.now = HOUR_MS - 1
    expect(machine.own.class).toBe('restricted')
    expect(machine.measurements).toBe(1)
  })

  it('is measured again after an hour, and stands meanwhile', async () => {
    const machine = new Machine()
    await machine.own.measured()
    machine.now = HOUR_MS
    machine.nat = 'open'
    expect(machine.own.class).toBe('restricted')
    await machine.own.measured()
    expect(machine.own.class).toBe('open')
    expect(machine.measurements).toBe(2)
  })

  it('is forgotten and measured again in another network', async () => {
    const machine = new Machine()
    await machine.own.measured()
    machine.addresses = 'elsewhere'
    machine.nat = 'strict'
    expect(machine.own.class).toBeUndefined()
    await machine.own.measured()
    expect(machine.own.class).toBe('strict')
  })

  it('stays unknown where it cannot be measured', async () => {
    const machine = new Machine()
    machine.own.close()
    await machine.own.measured()
    expect(machine.own.class).toBeUndefined()
    expect(machine.measurements).toBe(0)
  })

  it('is given up while it is being measured', async () => {
    const machine = new Machine()
    const measured = machine.own.measured()
    machine.own.close()
    await measured
    expect(machine.own.class).toBeUndefined()
  })
})
