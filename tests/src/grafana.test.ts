import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'

const DASHBOARD = join(import.meta.dirname, '..', '..', 'signaling-server', 'grafana', 'footbridge.json')
/** Words of the query language, its variables and the labels that are grouped by. */
const NAME = /\b(?:footbridge|process|nodejs)_\w+/g

let network: TestNetwork
beforeAll(async () => {
  network = await TestNetwork.start()
})
afterAll(() => network.close())

it('asks for nothing that the servers do not tell', async () => {
  const told = new Set<string>()
  for (const { url } of [network.signaling, network.egress]) {
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      told.add(name)
      if (type === 'histogram') for (const part of ['bucket', 'sum', 'count']) told.add(`${name}_${part}`)
    }
  }
  const queries = [...(await readFile(DASHBOARD, 'utf8')).matchAll(/"expr": "(.*)"/g)].map(
    ([, query]) => query ?? '',
  )
  const asked = new Set(queries.flatMap((query) => query.match(NAME) ?? []))
  expect(asked.size).toBeGreaterThan(15)
  expect([...asked].filter((name) => !told.has(name))).toEqual([])
  // And shows whatever they tell of the network.
  const shown = [...told].filter((name) => name.startsWith('footbridge_') && !/_(sum|count)$/.test(name))
  expect(shown.filter((name) => !asked.has(name) && !asked.has(`${name}_bucket`))).toEqual([])
})
