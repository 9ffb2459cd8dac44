import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BridgeState } from './engine-state.ts'
import { type OriginEngine, SharedBridge } from './origin-bridge.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

// Node 20 has no Web Locks, so these are as several elements of one page.

class FakeEngine implements OriginEngine {
  state: BridgeState = 'off'
  reason: undefined
  limits: VolunteerLimits = { clients: 8 }
  stats: OriginEngine['stats'] = { clients: 0, peopleHelped: 0, bytesDown: 0, bytesUp: 0, since: 7 }
  onChange = (): void => {}

  start(): void {
    this.become('waiting')
  }

  stop(): void {
    this.become('off')
  }

  setLimits(limits: VolunteerLimits): void {
    this.limits = limits
    this.onChange()
  }

  help(): void {
    this.stats = { ...this.stats, clients: 1, peopleHelped: 1, bytesDown: 100 }
    this.become('helping')
  }

  become(state: BridgeState): void {
    this.state = state
    this.onChange()
  }
}

class Tab {
  readonly engines: FakeEngine[] = []
  readonly ends: unknown[] = []
  kept: VolunteerLimits | undefined
  fails = false
  readonly bridge: SharedBridge = new SharedBridge({
    createEngine: ({ onChange }) => {
      if (this.fails) throw new Error('no engine today')
      const engine = Object.assign(new FakeEngine(), { onChange })
      this.engines.push(engine)
      return engine
    },
    keepLimits: (limits) => {
      this.kept = limits
    },
    onChange: () => {},
    onEnd: (error) => this.ends.push(error),
  })
}

const tabs: Tab[] = []

async function join(count: number): Promise<Tab[]> {
  for (let joined = 0; joined < count; joined += 1) {
    const tab = new Tab()
    tabs.push(tab)
    tab.bridge.join()
    await until(() => tab.bridge.state === 'waiting')
  }
  return tabs
}

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true))

afterEach(() => {
  for (const { bridge } of tabs.splice(0)) bridge.leave()
})

describe('the bridge of an origin', () => {
  it('runs once, and all show it', async () => {
    const [first, second] = await join(2)
    first?.engines[0]?.help()
    await until(() => second?.bridge.stats.peopleHelped === 1)
    expect(second?.bridge.state).toBe('helping')
    expect(second?.bridge.limits).toEqual({ clients: 8 })
    expect(second?.engines).toEqual([])
  })

  it('shows what passes while somebody is helped', async () => {
    const [first, second] = await join(2)
    const engine = first?.engines[0]
    engine?.help()
    await until(() => second?.bridge.state === 'helping')
    if (engine) engine.stats = { ...engine.stats, bytesDown: 5_000 }
    await vi.waitFor(() => expect(second?.bridge.stats.bytesDown).toBe(5_000), { timeout: 10_000 })
  })

  it('goes on elsewhere when whoever runs it leaves, and its figures with it', async () => {
    const [first, second] = await join(2)
    first?.engines[0]?.help()
    await until(() => second?.bridge.state === 'helping')
    first?.bridge.leave()
    await until(() => second?.bridge.state === 'waiting')
    expect(first?.engines[0]?.state).toBe('off')
    second?.engines[0]?.help()
    expect(second?.bridge.stats).toMatchObject({ clients: 1, peopleHelped: 2, bytesDown: 200, since: 7 })
    expect(first?.bridge.state).toBe('off')
  })

  it('goes on in a tab that comes back', async () => {
    const [first, second] = await join(2)
    first?.bridge.leave()
    await until(() => second?.engines.length === 1)
    first?.bridge.join()
    second?.bridge.leave()
    await until(() => first?.engines.length === 2)
    expect(first?.bridge.state).toBe('waiting')
  })

  it('is not run by who has left while waiting for it', async () => {
    const [first, second, third] = await join(3)
    second?.bridge.leave()
    first?.bridge.leave()
    await until(() => third?.engines.length === 1)
    expect(second?.engines).toEqual([])
  })

  it('is turned off by any tab in all of them', async () => {
    const [first, second, third] = await join(3)
    third?.bridge.turnOff()
    await until(() => first?.bridge.state === 'off' && second?.bridge.state === 'off')
    expect(first?.engines[0]?.state).toBe('off')
    expect([first?.ends, second?.ends, third?.ends]).toEqual([[undefined], [undefined], []])
  })

  it('heeds limits that are changed in any tab', async () => {
    const [first, second] = await join(2)
    second?.bridge.setLimits({ clients: 2 })
    await until(() => second?.bridge.limits?.clients === 2)
    expect(first?.engines[0]?.limits).toEqual({ clients: 2 })
    expect(second?.kept).toEqual({ clients: 2 })
  })

  it('tells of an engine that cannot be had, and makes room for who can', async () => {
    const tab = new Tab()
    tabs.push(tab)
    tab.fails = true
    tab.bridge.join()
    await until(() => tab.ends.length === 1)
    expect(tab.ends[0]).toMatchObject({ message: 'no engine today' })
    expect(tab.bridge.state).toBe('off')
    await join(1)
  })
})
