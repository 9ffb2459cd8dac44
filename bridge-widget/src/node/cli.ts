#!/usr/bin/env node
import { once } from 'node:events'
import { loadNetwork, reportReady, runCommand } from '@footbridge/shared/node'
import { parseByteRate } from '../byte-rate.ts'
import { DEFAULT_CAPACITY } from '../engine.ts'
import { startHeadlessBridge } from './headless-bridge.ts'

await runCommand({
  name: 'footbridge-bridge',
  description: 'Helps clients of a Footbridge network from this machine, as a volunteer’s browser tab does.',
  options: {
    network: {
      type: 'string',
      demandOption: true,
      description: 'Network descriptor: a file, a URL or a footbridge: link',
    },
    capacity: { type: 'number', default: DEFAULT_CAPACITY, description: 'Clients at once' },
    rate: {
      type: 'string',
      description: 'Most bytes per second for all clients together, such as 2MB',
    },
  },
  async run(options, { signal, log }) {
    const rate = options.rate === undefined ? undefined : parseByteRate(options.rate)
    const network = await loadNetwork(options.network, { signal })
    const bridge = await startHeadlessBridge({ network, capacity: options.capacity, rate, log, signal })
    try {
      console.log('ready: waiting for somebody to help')
      reportReady('')
      if (!signal.aborted) await once(signal, 'abort')
    } finally {
      await bridge.close()
    }
  },
})
