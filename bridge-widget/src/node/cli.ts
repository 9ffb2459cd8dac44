#!/usr/bin/env node
import { once } from 'node:events'
import {
  FootbridgeError,
  formatInvitation,
  type NetworkDescriptor,
  parseInvitation,
  parsePoolSecret,
} from '@footbridge/shared'
import { loadInvitation, parseListenAddress, reportReady, runCommand } from '@footbridge/shared/node'
import { parseByteRate } from '../byte-rate.ts'
import { pauseReason } from '../pause-reason.ts'
import { UsageRecord } from '../usage-record.ts'
import { DEFAULT_CAPACITY } from '../volunteer-limits.ts'
import { allowanceLine } from './allowance-line.ts'
import { drawInvitation } from './draw-invitation.ts'
import { type Allowance, parseAllowance } from './limit-options.ts'
import { OwnPool } from './own-pool.ts'
import {
  DEFAULT_STANDING_CAPACITY,
  type StandingBridgeOptions,
  startStandingBridge,
} from './standing-bridge.ts'
import { UsageFile } from './usage-file.ts'
import { type VolunteerOptions, volunteer } from './volunteer.ts'

/** Private pools that one volunteer helps besides its own: each takes a registration at signaling. */
const MAX_POOLS = 4

await runCommand({
  name: 'footbridge-bridge',
  description: 'Helps clients of a Footbridge network from this machine, as a volunteer’s browser tab does.',
  options: {
    network: {
      type: 'string',
      description: 'Network descriptor: a file, a URL or a footbridge: link (default: that of a --pool link)',
    },
    capacity: {
      type: 'number',
      description: `Clients at once (default: ${DEFAULT_CAPACITY}; of a standing bridge ${DEFAULT_STANDING_CAPACITY})`,
    },
    listen: {
      type: 'string',
      description:
        'Be a standing bridge, which clients without UDP reach by WebSocket at this address, HOST:PORT (its public URL goes to --standing of signaling)',
    },
    rate: {
      type: 'string',
      description: 'Most bytes per second for all clients together, such as 2MB',
    },
    quota: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'Most bytes in a day or a month, both ways together, such as 2GB/day or 50GB/month (repeatable)',
    },
    hours: {
      type: 'string',
      description: 'Hours of the day to help in, by local time, such as 8-22',
    },
    pool: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'Link or secret of a private pool to help besides everybody (repeatable)',
    },
    reserve: { type: 'number', default: 4, description: 'Clients at once of each pool, besides --capacity' },
    public: { type: 'boolean', default: true, description: 'Help everybody; --no-public: pools alone' },
    state: {
      type: 'string',
      default: '.footbridge/bridge',
      description: 'Folder of the secret that invitations are made with, and of what --quota counts',
    },
  },
  async run(options, { signal, log }) {
    const rate = options.rate === undefined ? undefined : parseByteRate(options.rate)
    const allowance = parseAllowance(options.quota, options.hours)
    const { network, pools } = await loadPools(options.network, options.pool, signal)
    if (options.listen !== undefined) {
      if (!options.public || pools.length > 0) {
        throw new FootbridgeError(
          'usage',
          '--listen makes a bridge for everybody: leave --pool and --no-public out',
        )
      }
      if (options.quota.length > 0 || options.hours !== undefined) {
        throw new FootbridgeError('usage', '--quota and --hours are not for a bridge with --listen')
      }
      const listen = parseListenAddress(options.listen)
      await stand({ listen, network, capacity: options.capacity, rate, log }, signal)
      return
    }
    const ownPool = new OwnPool(options.state)
    if (!options.public && pools.length === 0 && (await ownPool.secret()) === undefined) {
      throw new FootbridgeError(
        'usage',
        '--no-public needs a --pool, or an invitation (footbridge-bridge invite)',
      )
    }
    const capacity = options.public ? (options.capacity ?? DEFAULT_CAPACITY) : undefined
    const { reserve: reserved, state } = options
    await help({ network, capacity, rate, allowance, pools, reserved, ownPool, log, signal }, state)
  },
  commands: {
    invite: {
      description: 'Print a link for people whom this bridge is to help in particular',
      async run(options, { signal }) {
        const { network } = await loadPools(options.network, [], signal)
        const link = formatInvitation(network, await new OwnPool(options.state).invite())
        console.log(link)
        if (!process.stdout.isTTY) return
        console.log(
          drawInvitation(link, process.stdout.columns) ?? '(A wider terminal would show a QR code.)',
        )
        console.log('Whoever has this link gets the reserved places of this bridge while it runs.')
      },
    },
    revoke: {
      description: 'Take all invitations back; the next one has another link',
      async run(options) {
        const wasOpen = await new OwnPool(options.state).revoke()
        console.log(wasOpen ? 'The links given out so far no longer admit anybody.' : 'Nobody was invited.')
      },
    },
  },
})

/** Helps until the signal of `options` fires, within the allowance, of which the state folder knows what is used. */
async function help(
  options: VolunteerOptions & { readonly allowance: Allowance },
  state: string,
): Promise<void> {
  const { allowance, signal, log } = options
  const hasQuota = allowance.dayQuota !== undefined || allowance.monthQuota !== undefined
  const kept = hasQuota ? await UsageFile.open(state, log) : undefined
  const usage = new UsageRecord(kept)
  await volunteer({ ...options, usage })
  const [at, limits] = [Date.now(), { clients: 1, ...allowance }]
  const isPaused = pauseReason({ limits, usage: usage.at(at), at }) !== undefined
  const line = allowanceLine(allowance, usage.at(at))
  console.log(`ready: ${isPaused ? 'paused for now' : 'waiting for somebody to help'}${line && ` (${line})`}`)
  reportReady('')
  if (!signal.aborted) await once(signal, 'abort')
  await kept?.flush()
}

/** Is a standing bridge until `signal` fires. */
async function stand(options: StandingBridgeOptions, signal: AbortSignal): Promise<void> {
  const bridge = await startStandingBridge(options)
  console.log('ready: clients can come by WebSocket')
  reportReady(bridge.url)
  if (!signal.aborted) await once(signal, 'abort')
  await bridge.close()
}

/** The network, and the secrets of pools, in what `--network` and `--pool` name. Throws `usage`. */
async function loadPools(
  source: string | undefined,
  links: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly network: NetworkDescriptor; readonly pools: readonly Uint8Array[] }> {
  const named = links.map(parsePool)
  const from = source ?? named.find(({ link }) => link !== undefined)?.link
  if (from === undefined) {
    throw new FootbridgeError('usage', '--network is missing: a file, a URL or a footbridge: link')
  }
  const { network, secret } = await loadInvitation(from, { signal })
  const own = source === undefined || secret === undefined ? [] : [secret]
  const pools = [...own, ...named.map((pool) => pool.secret)]
  if (pools.length > MAX_POOLS) {
    throw new FootbridgeError('usage', `--pool may be given ${MAX_POOLS} times at most`)
  }
  return { network, pools }
}

function parsePool(text: string): { readonly link?: string; readonly secret: Uint8Array } {
  try {
    if (!text.includes('#')) return { secret: parsePoolSecret(text) }
    const { network, secret } = parseInvitation(text)
    if (secret) return { link: network, secret }
  } catch {
    // Said below, without the text, which is a secret.
  }
  throw new FootbridgeError(
    'usage',
    '--pool takes a whole link with # in it, or the secret that follows the #',
  )
}
