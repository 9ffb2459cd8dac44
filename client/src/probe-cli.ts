#!/usr/bin/env node
import { encodeBase64Url, FootbridgeError, PROBE_TOKEN_BYTES, systemClock } from '@footbridge/shared'
import { loadNetwork, readSecret, reportReady, runCommand } from '@footbridge/shared/node'
import { probe } from './probe.ts'
import { probeEachMinute, sendReport } from './probe-loop.ts'

await runCommand({
  name: 'footbridge-probe',
  description:
    'Goes through the network once a minute as a client does, and tells signaling how it fared, for its status page.',
  options: {
    network: {
      type: 'string',
      description: 'Network descriptor: a file, a URL or a footbridge: link',
      demandOption: true,
    },
    'token-file': {
      type: 'string',
      description: "The file probe.token in signaling's state folder, or a copy of it",
      demandOption: true,
    },
  },
  async run({ network: source, tokenFile }, { signal, log }) {
    const token = await readToken(tokenFile)
    const network = await loadNetwork(source, { signal })
    const [origin = ''] = network.signaling
    reportReady(origin)
    await probeEachMinute({
      probe: () => probe(network, { clock: systemClock, signal }),
      report: (report) => sendReport(report, { origin, token, signal }),
      log,
      signal,
    })
  },
})

async function readToken(path: string): Promise<string> {
  const token = await readSecret(path, PROBE_TOKEN_BYTES)
  if (token !== undefined) return encodeBase64Url(token)
  throw new FootbridgeError('usage', `${path} is not there: signaling makes probe.token in its state folder`)
}
