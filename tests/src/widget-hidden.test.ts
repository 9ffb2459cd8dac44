import { setTimeout as delay } from 'node:timers/promises'
import { createLog } from '@footbridge/shared/node'
import { startSignalingServer } from '@footbridge/signaling-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HideableTab } from './hideable-tab.test.helper.ts'
import { HOST, untilReady } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'

/** A browser waits five minutes before it slows hidden pages down to a timer a minute; this one, a second. */
const SOON = ['--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1']
/** Less than half of what a timer of the page itself would take. */
const SOONER_THAN_TIMERS_MS = 25_000
const TEN_MINUTES_MS = 600_000
const MATCHED_WITHIN_MS = 2_000

let network: TestNetwork
let tab: HideableTab

beforeEach(async () => {
  network = await TestNetwork.start()
})
afterEach(async () => {
  await tab.close()
  await network.close()
})

describe('the element in a page that has been hidden for long', () => {
  it('still takes clients, and comes back at once when its server was gone', async () => {
    tab = await HideableTab.open(network, SOON)
    await tab.hideUntilThrottled()
    const client = await network.addClient({ paths: 1 })
    await client.close()
    await tab.untilState('waiting')
    await network.signaling.close()
    const back = performance.now()
    const signaling = await startSignalingServer({
      listen: { host: HOST, port: network.signaling.port },
      stateDirectory: `${network.folder}/signaling`,
      egresses: [network.egress.url],
      stun: [],
      allowPrivateCandidates: true,
      log: createLog('test', 'silent'),
    })
    await untilReady(signaling.url)
    await network.addClient({ paths: 1 })
    expect(performance.now() - back).toBeLessThan(SOONER_THAN_TIMERS_MS)
    await tab.untilState('helping')
    expect(await tab.isHidden()).toBe(true)
    expect(
      await tab.evaluate(`performance.getEntriesByType('resource').some(({ name }) => /clock-/.test(name))`),
    ).toBe(true)
    await signaling.close()
  })

  it.runIf(process.env.FOOTBRIDGE_LONG === '1')(
    'matches within 2 s after 10 minutes',
    async () => {
      tab = await HideableTab.open(network)
      await tab.hide()
      await delay(TEN_MINUTES_MS)
      const startedAt = performance.now()
      await network.addClient({ paths: 1 })
      expect(performance.now() - startedAt).toBeLessThan(MATCHED_WITHIN_MS)
    },
    TEN_MINUTES_MS + 60_000,
  )
})
