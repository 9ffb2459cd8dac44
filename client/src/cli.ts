#!/usr/bin/env node
import { once } from 'node:events'
import { formatListenAddress, reportReady, runCommand } from '@footbridge/shared/node'
import { connect, type FootbridgeClient, openClient } from './client.ts'
import { parsePageUrl, printPage } from './print-page.ts'
import { parseProxyAddress } from './proxy-address.ts'
import { describeStatus } from './status-line.ts'

await runCommand({
  name: 'footbridge',
  description: 'Reaches the open network through the browsers of volunteers: a local SOCKS5 and HTTP proxy.',
  logLevel: 'warn',
  options: {
    network: {
      type: 'string',
      description: 'Network descriptor: a file, a URL or a footbridge: link',
      demandOption: true,
    },
    proxy: {
      type: 'string',
      default: '127.0.0.1:1080',
      description: 'Address of the proxy on this machine, SOCKS5 and HTTP on one port',
    },
    paths: { type: 'number', default: 3, description: 'Volunteers to use at once, 1 to 8' },
    state: {
      type: 'string',
      default: '.footbridge/client',
      description: 'Folder for the newest descriptor of the network, which is had through the network itself',
    },
    json: { type: 'boolean', default: false, description: 'Print each change of status as a line of JSON' },
  },
  async run(options, { signal }) {
    const address = parseProxyAddress(options.proxy)
    const client = await openClient(options.network, { signal, paths: options.paths, state: options.state })
    try {
      const proxy = await client.listen(address)
      reportStatus(client, options.json)
      if (!options.json) console.log(`proxy (SOCKS5 and HTTP) on ${formatListenAddress(proxy)}`)
      reportReady(`http://${formatListenAddress(proxy)}`)
      if (!signal.aborted) await once(signal, 'abort')
    } finally {
      await client.close()
    }
  },
  commands: {
    fetch: {
      description: 'Print what a URL answers with',
      operands: ['url'],
      async run(options, { signal }, url = '') {
        const page = parsePageUrl(url)
        const client = await connect(options.network, { signal, paths: options.paths, state: options.state })
        try {
          await printPage((...request) => client.fetch(...request), page, process.stdout, signal)
        } finally {
          await client.close()
        }
      },
    },
  },
})

function reportStatus(client: FootbridgeClient, json: boolean): void {
  let last = ''
  const report = (): void => {
    const line = json ? JSON.stringify(client.status) : describeStatus(client.status)
    if (line !== last) console.log(line)
    last = line
  }
  client.addEventListener('statechange', report)
  report()
}
