import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from './host.ts'
import type { Program } from './program.ts'
import { installTools } from './requirements.ts'

const PORT = 3478
const START_TIMEOUT_MS = 10_000

/** coturn, the TURN server that operators run, on a host that others reach directly. */
export class Coturn {
  readonly host: Host
  /** For `--turn`. */
  readonly url: string
  /** For `--turn-secret`. */
  readonly secretFile: string

  private constructor(host: Host, secretFile: string) {
    this.host = host
    this.url = `turn:${host.publicAddress}:${PORT}?transport=udp`
    this.secretFile = secretFile
  }

  /** Why there is none on this machine, if so. Installs it where that is possible. */
  static unavailable(): Promise<string | undefined> {
    return installTools({ turnserver: ['coturn'] })
  }

  static async start(host: Host, folder: string, secret: string): Promise<Coturn> {
    const secretFile = join(folder, 'turn.secret')
    await writeFile(secretFile, `${secret}\n`)
    // It would look for a configuration of this machine's.
    const configuration = join(folder, 'turnserver.conf')
    await writeFile(
      configuration,
      [
        `listening-ip=${host.publicAddress}`,
        `listening-port=${PORT}`,
        `relay-ip=${host.publicAddress}`,
        'use-auth-secret',
        `static-auth-secret=${secret}`,
        'realm=turn.test',
        'no-tcp',
        'no-tls',
        'no-dtls',
        'relay-threads=1',
        'no-cli',
        // Else it does not say when it is ready.
        'verbose',
        'log-file=stdout',
        `pidfile=${join(folder, 'turnserver.pid')}`,
        `userdb=${join(folder, 'turndb')}`,
      ].join('\n'),
    )
    await untilServing(host.run('turnserver', ['-c', configuration]))
    const coturn = new Coturn(host, secretFile)
    await coturn.#watch()
    return coturn
  }

  /** Bytes that it has sent to a host since the last reset. */
  async relayedTo({ publicAddress }: Host): Promise<number> {
    const list = await this.host.execute('nft', ['-j', 'list', 'set', 'ip', 'watch', 'peers'])
    const { nftables } = JSON.parse(list.toString()) as { nftables: { set?: { elem?: Peer[] } }[] }
    const peers = nftables.flatMap(({ set }) => set?.elem ?? [])
    return peers.find(({ elem }) => elem.val === publicAddress)?.elem.counter.bytes ?? 0
  }

  /** Counts from 0 again. */
  async reset(): Promise<void> {
    await this.host.execute('nft', ['flush', 'set', 'ip', 'watch', 'peers'])
  }

  async #watch(): Promise<void> {
    const rules = `
      table ip watch {
        set peers { type ipv4_addr; flags dynamic; size 1024; }
        chain leaving {
          type filter hook output priority filter
          meta l4proto udp update @peers { ip daddr counter }
        }
      }`
    await this.host.execute('nft', ['-f', '-'], { input: rules })
  }
}

interface Peer {
  readonly elem: { readonly val: string; readonly counter: { readonly bytes: number } }
}

function untilServing(program: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('coturn does not start')), START_TIMEOUT_MS)
    program.on('line', (line) => {
      if (!line.includes('UDP listener opened')) return
      clearTimeout(timer)
      resolve()
    })
    program.on('exit', () => reject(new Error('coturn has ended')))
  })
}
