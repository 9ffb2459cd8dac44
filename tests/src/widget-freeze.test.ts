import { once } from 'node:events'
import type { ClientState, FootbridgeClient } from '@footbridge/client'
import { createSessionTable } from '@footbridge/egress-server'
import { type Carrier, CloseCode } from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HideableTab } from './hideable-tab.test.helper.ts'
import { TestNetwork } from './network.test.helper.ts'

/** Who is not told finds out for itself after this, or later. */
const SILENCE_MS = 3_000

const WIDGET = `document.querySelector('bridge-widget')`

let network: TestNetwork
let tab: HideableTab
/** Why each path that is open at the egress will end, as it hears it. On a busy machine others came to nothing before. */
let pathEnds: Set<Promise<CloseCode>>

beforeEach(async () => {
  pathEnds = new Set()
  network = await TestNetwork.start({
    createSessions: (context) => {
      const sessions = createSessionTable(context)
      return {
        get size() {
          return sessions.size
        },
        accept: (carrier, ticket) => sessions.accept(watched(carrier), ticket),
        close: () => sessions.close(),
      }
    },
  })
  tab = await HideableTab.open(network)
})

afterEach(async () => {
  await tab.close()
  await network.close()
})

function watched(carrier: Carrier): Carrier {
  return {
    start: ({ packet, close }) => {
      const end = new Promise<CloseCode>((resolve) =>
        carrier.start({
          packet,
          close: (code) => {
            resolve(code)
            pathEnds.delete(end)
            close(code)
          },
        }),
      )
      pathEnds.add(end)
    },
    send: (packet) => carrier.send(packet),
    get bufferedAmount() {
      return carrier.bufferedAmount
    },
    close: (code) => carrier.close(code),
  }
}

async function untilState(client: FootbridgeClient, state: ClientState): Promise<void> {
  while (client.status.state !== state) await once(client, 'statechange')
}

const state = () => tab.evaluate(`${WIDGET}.state`)

describe('the element in a page that is frozen', () => {
  it('leaves politely: both ends of its path hear of it at once', async () => {
    const client = await network.addClient({ paths: 1 })
    const ends = Promise.all(pathEnds)
    const frozenAt = performance.now()
    await tab.freeze()
    await untilState(client, 'waiting')
    expect(await ends).toContain(CloseCode.leaving)
    expect(performance.now() - frozenAt).toBeLessThan(SILENCE_MS)
    expect(await state()).toBe('off')
  })

  it('goes on, for everybody to see, when the page does', async () => {
    const client = await network.addClient({ paths: 1 })
    await tab.evaluate(
      `globalThis.states = []; ${WIDGET}.addEventListener('bridge-statechange', ({ detail }) => states.push(detail.state))`,
    )
    await tab.freeze()
    await untilState(client, 'waiting')
    await tab.resume()
    await untilState(client, 'connected')
    await tab.untilState('helping')
    expect(await tab.evaluate('states.join()')).toBe('off,testing,connecting,waiting,helping')
    expect(await tab.evaluate(`${WIDGET}.stats.peopleHelped`)).toBe(2)
    await tab.toggle()
    expect(await state()).toBe('off')
  })

  it('hands over to another tab, and shows what that one does when the page goes on', async () => {
    const other = await tab.openBeside()
    await other.untilState('waiting')
    await tab.freeze()
    expect(await state()).toBe('off')
    const client = await network.addClient({ paths: 1 })
    await untilState(client, 'connected')
    await other.untilState('helping')
    await tab.resume()
    await tab.untilState('helping')
    await tab.toggle()
    await other.untilState('off')
  })

  it('stays off if a person had turned it off', async () => {
    await tab.toggle()
    await tab.freeze()
    await tab.resume()
    expect(await state()).toBe('off')
  })

  it.each([
    ['the page turned it off', `${WIDGET}.stop()`],
    ['the page took it out', `${WIDGET}.remove()`],
    ['it was disabled', `${WIDGET}.disabled = true`],
    [
      'the page says no',
      `document.addEventListener('bridge-beforestart', (event) => event.preventDefault())`,
    ],
  ])('stays off if meanwhile %s', async (_, meanwhile) => {
    await tab.evaluate(`void (globalThis.widget = ${WIDGET})`)
    await tab.freeze()
    await tab.evaluate(meanwhile)
    await tab.resume()
    expect(await tab.evaluate('widget.state')).toBe('off')
  })

  it('is moved by no script that says that the page is frozen, or no longer', async () => {
    await tab.evaluate(`document.dispatchEvent(new Event('freeze'))`)
    expect(await state()).toBe('waiting')
    await tab.evaluate(`void (globalThis.widget = ${WIDGET})`)
    await tab.evaluate('widget.stop()')
    await tab.evaluate(`document.dispatchEvent(new Event('freeze'))`)
    await tab.freeze()
    await tab.resume()
    await tab.evaluate(`document.dispatchEvent(new Event('resume'))`)
    expect(await state()).toBe('off')
  })
})
