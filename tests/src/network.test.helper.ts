import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HeadlessBridge, startHeadlessBridge } from '@footbridge/bridge-widget/node'
import { connect, type FootbridgeClient } from '@footbridge/client'
import { createSessionTable, type EgressServer, startEgressServer } from '@footbridge/egress-server'
import type { Middlemen, NetworkDescriptor } from '@footbridge/shared'
import { createLog, loadNetwork } from '@footbridge/shared/node'
import { type SignalingServer, startSignalingServer } from '@footbridge/signaling-server'
import { freePort, HOST, untilReady } from './loopback.ts'

const READY_TIMEOUT_MS = 10_000

export interface TestNetworkOptions {
  readonly allowPrivateTargets?: boolean
  /** Ways to signaling through others. */
  readonly middlemen?: Middlemen
  /** What the egress makes of paths. */
  readonly createSessions?: Parameters<typeof startEgressServer>[0]['createSessions']
  /** Origins of standing bridges, for whoever starts them. */
  readonly standing?: readonly string[]
  /** DNS of the egress. */
  readonly lookup?: Parameters<typeof startEgressServer>[0]['lookup']
}

/** Real servers of one network on loopback, with ports and keys of their own, and the clients and bridges that use it. */
export class TestNetwork {
  readonly signaling: SignalingServer
  readonly egress: EgressServer
  readonly descriptor: NetworkDescriptor
  /** For files that a test makes; removed with the network. */
  readonly folder: string
  readonly #closers: (() => Promise<unknown>)[]

  private constructor(
    signaling: SignalingServer,
    egress: EgressServer,
    descriptor: NetworkDescriptor,
    folder: string,
    closers: (() => Promise<unknown>)[],
  ) {
    this.signaling = signaling
    this.egress = egress
    this.descriptor = descriptor
    this.folder = folder
    this.#closers = closers
  }

  static async start(options: TestNetworkOptions = {}): Promise<TestNetwork> {
    const { allowPrivateTargets = true, createSessions = createSessionTable, lookup } = options
    const { standing = [], middlemen } = options
    const folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
    const log = createLog('test', 'silent')
    // Each server wants the other's key, so one of the ports has to be known beforehand.
    const signalingPort = await freePort()
    const egress = await startEgressServer({
      listen: { host: HOST, port: 0 },
      stateDirectory: join(folder, 'egress'),
      ticketKey: `http://${HOST}:${signalingPort}`,
      allowPrivateTargets,
      log,
      createSessions,
      ...(lookup !== undefined && { lookup }),
    })
    const signaling = await startSignalingServer({
      listen: { host: HOST, port: signalingPort },
      stateDirectory: join(folder, 'signaling'),
      egresses: [egress.url],
      stun: [],
      ...(middlemen !== undefined && { middlemen }),
      standing,
      allowPrivateCandidates: true,
      log,
    })
    await Promise.all([untilReady(signaling.url), untilReady(egress.url)])
    const descriptor = await loadNetwork(`${signaling.url}/v1/network`, {
      signal: AbortSignal.timeout(READY_TIMEOUT_MS),
    })
    return new TestNetwork(signaling, egress, descriptor, folder, [
      () => signaling.close(),
      () => egress.close(),
      () => rm(folder, { recursive: true }),
    ])
  }

  async addBridge(options: { capacity?: number; pool?: string } = {}): Promise<HeadlessBridge> {
    const bridge = await startHeadlessBridge({ network: this.descriptor, ...options })
    this.#closers.unshift(() => bridge.close())
    return bridge
  }

  async addClient(
    options: { paths?: number; pool?: string; signal?: AbortSignal } = {},
  ): Promise<FootbridgeClient> {
    const client = await connect(this.descriptor, options)
    this.#closers.unshift(() => client.close())
    return client
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close()
  }
}
