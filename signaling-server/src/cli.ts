#!/usr/bin/env node
import { once } from 'node:events'
import { FootbridgeError } from '@footbridge/shared'
import { parseListenAddress, reportReady, runCommand } from '@footbridge/shared/node'
import { startSignalingServer } from './signaling-server.ts'

await runCommand({
  name: 'footbridge-signaling',
  description: 'Pairs Footbridge clients with bridges, and serves the volunteer page and the widget.',
  options: {
    listen: {
      type: 'string',
      default: '127.0.0.1:8080',
      description: 'Address to listen on, HOST:PORT',
    },
    'public-url': {
      type: 'string',
      description: 'Origin under which clients and bridges reach this server (default: where it listens)',
    },
    state: {
      type: 'string',
      default: '.footbridge/signaling',
      description:
        'Folder of the ticket key, made there at the first start, and of the status of the past weeks',
    },
    egress: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'File with the descriptor of an egress, or its URL (repeatable)',
    },
    stun: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'STUN server for clients and bridges, HOST:PORT (repeatable)',
    },
    geo: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'MaxMind-format file (.mmdb) of countries or networks (repeatable); one of countries is built in',
    },
    'metrics-token': {
      type: 'string',
      description:
        'What whoever reads /metrics must send as a bearer token (default: only this machine reads)',
    },
    'trust-proxy': {
      type: 'number',
      default: 0,
      description: 'Proxies in front of this server, whose word on where a request comes from is taken',
    },
    'allow-private-candidates': {
      type: 'boolean',
      default: false,
      description:
        'Keep private addresses in what clients and bridges tell each other: for one machine or a LAN',
    },
  },
  async run(options, { signal, log }) {
    const server = await startSignalingServer({
      listen: parseListenAddress(options.listen),
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      stateDirectory: options.state,
      egresses: options.egress,
      stun: options.stun.map((address) => `stun:${address}`),
      geo: options.geo,
      ...(options.metricsToken !== undefined && { metricsToken: options.metricsToken }),
      allowPrivateCandidates: options.allowPrivateCandidates,
      trustedProxies: parseProxyCount(options.trustProxy),
      log,
    })
    console.log(`signaling and volunteer page: ${server.url}`)
    reportReady(server.url)
    if (!signal.aborted) await once(signal, 'abort')
    await server.close()
  },
})

function parseProxyCount(count: number): number {
  if (Number.isInteger(count) && count >= 0) return count
  throw new FootbridgeError('usage', '--trust-proxy takes the number of proxies in front, such as 1')
}
