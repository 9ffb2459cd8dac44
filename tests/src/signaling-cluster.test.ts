import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Platform, SignalingLink } from '@footbridge/bridge-widget/node'
import {
  encodeSignalingMessage,
  PROTOCOL_VERSION,
  parseServerToClient,
  systemClock,
} from '@footbridge/shared'
import { nodeWebRtc, nodeWebSocket } from '@footbridge/shared/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { HOST } from './loopback.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'

const BRIDGES = 24
const CLIENTS = 24
/** Time that a bridge spends on a client. */
const HELP_MS = 30
/** In which bridges of an instance that died are to be matched again. */
const RECOVERY_MS = 5_000

const EGRESS = { id: 'e1', url: `http://${HOST}:9`, publicKey: 'A'.repeat(43) }
const SDP = [
  'v=0',
  'o=- 1 2 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:sXP5',
  'a=ice-pwd:XHzk0sYx2rkmpfRvHRVhPqCU',
  'a=fingerprint:sha-256 7B:8B:F0:65',
  'a=setup:actpass',
  '',
].join('\r\n')

const platform: Platform = {
  WebSocket: nodeWebSocket,
  webRtc: nodeWebRtc(),
  clock: systemClock,
  random: Math.random,
}

/** A bridge with one place. It keeps its socket as real ones do. */
class OnePlaceBridge {
  readonly #link: SignalingLink
  /** Times that it was offered a client while it had one. */
  givenTwice = 0
  served = 0
  #busy = false

  constructor(signaling: readonly string[], onRegistered: () => void) {
    this.#link = new SignalingLink({
      signaling,
      platform,
      register: () => ({
        type: 'register',
        version: PROTOCOL_VERSION,
        capacity: 1,
        load: this.#busy ? 1 : 0,
      }),
      load: () => ({ type: 'load', clients: this.#busy ? 1 : 0 }),
      onRegistered,
      onUnregistered: () => {},
      onMessage: (message) => {
        if (message.type === 'offer') this.#serve(message.offerId)
      },
      onUnreachable: () => {},
      onRefused: () => {},
    })
  }

  stop(): void {
    this.#link.stop()
  }

  #serve(offerId: number): void {
    if (this.#busy) this.givenTwice += 1
    this.#busy = true
    this.served += 1
    this.#link.send({ type: 'answer', offerId, sdp: SDP })
    setTimeout(() => {
      this.#busy = false
      this.#link.tellLoad()
    }, HELP_MS)
  }
}

/** A client that asks again and again, of another server when its own is gone. */
async function ask(
  origins: readonly string[],
  until: AbortSignal,
): Promise<{ answers: number; lost: number }> {
  const count = { answers: 0, lost: 0 }
  for (let at = 0; !until.aborted; at++) {
    const socket = new WebSocket(`${origins[at % origins.length]?.replace('http', 'ws')}/v1/client`)
    // An instance that is killed may reset the connection: 'close' follows, and says all that matters.
    socket.on('error', () => {})
    const next = (event: string) => new Promise<unknown>((resolve) => socket.once(event, resolve))
    const closed = next('close').then(() => undefined)
    const opened = await Promise.race([next('open').then(() => true), closed])
    for (let offerId = 1; opened && !until.aborted; offerId++) {
      socket.send(
        encodeSignalingMessage({ type: 'offer', version: PROTOCOL_VERSION, offerId, sdp: SDP, avoid: [] }),
      )
      const outcome = await Promise.race([next('message'), closed])
      if (outcome === undefined) {
        count.lost += 1
        break
      }
      const message = parseServerToClient(outcome as Buffer)
      if (message.type === 'answer') count.answers += 1
      else await new Promise((resolve) => setTimeout(resolve, 10))
    }
    socket.close()
  }
  return count
}

let folder: string
let redis: RedisServer
let instances: { process: ChildProcess; url: string }[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-cluster-'))
  redis = await startRedisServer()
  await writeFile(join(folder, 'egress.json'), JSON.stringify(EGRESS))
  const start = async (state: string): Promise<{ process: ChildProcess; url: string }> => {
    const cli = fileURLToPath(new URL('./cli.ts', import.meta.resolve('@footbridge/signaling-server')))
    const options = [
      ['--listen', `${HOST}:0`],
      ['--state', state],
      ['--egress', join(folder, 'egress.json')],
      ['--redis', redis.url],
    ]
    const process = fork(cli, options.flat(), {
      execArgv: ['--conditions=@footbridge/source', '--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [{ url }] = (await once(process, 'message')) as [{ url: string }]
    return { process, url }
  }
  // Each has a folder of its own, and the key of the first.
  const [state, otherState] = [join(folder, 'one'), join(folder, 'other')]
  instances = [await start(state)]
  await mkdir(otherState)
  await copyFile(join(state, 'ticket.key'), join(otherState, 'ticket.key'))
  instances.push(await start(otherState))
})
afterEach(async () => {
  for (const { process } of instances) process.kill('SIGKILL')
  await redis.close()
  await rm(folder, { recursive: true })
})

it('loses an instance under load: its bridges are matched elsewhere soon, and none is ever given twice', async () => {
  const origins = instances.map(({ url }) => url)
  const bothWays = [origins, origins.toReversed()]
  const bridges: OnePlaceBridge[] = []
  await Promise.all(
    Array.from({ length: BRIDGES }, (_, at) => {
      return new Promise<void>((resolve) => {
        bridges.push(new OnePlaceBridge(bothWays[at % 2] ?? [], resolve))
      })
    }),
  )
  const stopping = new AbortController()
  const asking = Array.from({ length: CLIENTS }, (_, at) => ask(bothWays[at % 2] ?? [], stopping.signal))
  try {
    await everybodyServes(bridges)

    instances[0]?.process.kill('SIGKILL')
    const killedAt = performance.now()
    const recovered = everybodyServes(bridges).then(() => performance.now() - killedAt)
    expect(await recovered).toBeLessThan(RECOVERY_MS)
  } finally {
    stopping.abort()
    for (const bridge of bridges) bridge.stop()
  }
  const counts = await Promise.all(asking)
  expect(bridges.map(({ givenTwice }) => givenTwice)).toEqual(bridges.map(() => 0))
  // Of the dead one's clients each lost what it was waiting for, and nobody else anything.
  expect(counts.filter(({ lost }) => lost > 1)).toEqual([])
  expect(counts.filter(({ lost }) => lost === 1).length).toBeLessThanOrEqual(CLIENTS / 2)
})

/** Resolves once each of them has served somebody anew. */
async function everybodyServes(bridges: readonly OnePlaceBridge[]): Promise<void> {
  const before = bridges.map(({ served }) => served)
  while (!bridges.every(({ served }, at) => served > (before[at] ?? 0))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
