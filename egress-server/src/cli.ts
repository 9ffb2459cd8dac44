#!/usr/bin/env node
import { once } from 'node:events'
import { FootbridgeError, parseByteCount } from '@footbridge/shared'
import { parseListenAddress, reportReady, runCommand } from '@footbridge/shared/node'
import { DEFAULT_MAX_MEMORY_BYTES, DEFAULT_MAX_SESSIONS, startEgressServer } from './egress-server.ts'
import { DEFAULT_DENIED_PORTS, parsePorts } from './policy.ts'
import { createSessionTable } from './session-table.ts'

await runCommand({
  name: 'footbridge-egress',
  description: 'Ends sessions of Footbridge clients and connects their streams to targets.',
  options: {
    listen: { type: 'string', default: '127.0.0.1:8090', description: 'Address to listen on' },
    'public-url': { type: 'string', description: 'HTTP origin under which bridges reach this egress' },
    state: {
      type: 'string',
      demandOption: true,
      description: 'Folder for the key, made on the first start: keep it',
    },
    'ticket-key': {
      type: 'string',
      demandOption: true,
      description: "Signaling's ticket key, or the URL of signaling to get it from once",
    },
    'deny-ports': {
      type: 'string',
      default: [...DEFAULT_DENIED_PORTS].join(','),
      description: 'Ports of targets to refuse, such as 25,135-139, or none',
    },
    'allow-private-targets': {
      type: 'boolean',
      default: false,
      description: 'Let clients reach this machine and its network',
    },
    'metrics-token': {
      type: 'string',
      description:
        'What whoever reads /metrics must send as a bearer token (default: only this machine reads)',
    },
    'max-sessions': {
      type: 'number',
      default: DEFAULT_MAX_SESSIONS,
      description: 'Sessions at once',
    },
    'max-memory': {
      type: 'string',
      default: `${DEFAULT_MAX_MEMORY_BYTES / 1e6}MB`,
      description: 'Memory that sessions may hold together; the program takes some 100MB besides',
    },
  },
  async run(options, { signal, log }) {
    const server = await startEgressServer({
      listen: parseListenAddress(options.listen),
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      stateDirectory: options.state,
      ticketKey: options.ticketKey,
      denyPorts: parsePorts(options.denyPorts),
      allowPrivateTargets: options.allowPrivateTargets,
      maxSessions: options.maxSessions,
      maxMemoryBytes: parseMemory(options.maxMemory),
      ...(options.metricsToken !== undefined && { metricsToken: options.metricsToken }),
      log,
      createSessions: createSessionTable,
    })
    try {
      console.log(`ready: egress ${server.descriptor.id} at ${server.descriptor.url}`)
      reportReady(server.url)
      if (!signal.aborted) await once(signal, 'abort')
    } finally {
      await server.close()
    }
  },
})

function parseMemory(text: string): number {
  const bytes = parseByteCount(text)
  if (bytes === undefined)
    throw new FootbridgeError('usage', '--max-memory takes a number of bytes, such as 256MB')
  return bytes
}
