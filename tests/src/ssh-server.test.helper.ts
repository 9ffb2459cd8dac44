import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, HOST } from './loopback.ts'
import { run } from './run.test.helper.ts'

const START_TRIES = 100
const TRY_AGAIN_MS = 50

/** A real sshd on loopback, with a key of its own, that lets this very user in with a key made for it. */
export class SshServer {
  readonly port: number
  /** For ssh: whom to be, what to trust, and nothing of this machine's own configuration. */
  readonly options: readonly string[]
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number, options: readonly string[]) {
    this.#child = child
    this.port = port
    this.options = options
  }

  /** Keeps its files in `folder`. */
  static async start(folder: string): Promise<SshServer> {
    const [hostKey, userKey, authorized] = ['host-key', 'user-key', 'authorized-keys'].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    for (const key of [hostKey, userKey])
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    await copyFile(`${userKey}.pub`, authorized)
    // The folder that it separates privileges in. Only a service script makes it.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
    const port = await freePort()
    const settings = {
      Port: port,
      ListenAddress: HOST,
      HostKey: hostKey,
      AuthorizedKeysFile: authorized,
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PermitRootLogin: 'prohibit-password',
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', '/dev/null', ...args], { stdio: 'ignore' })
    await untilListening(port)
    const trust = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
    return new SshServer(child, port, [
      ...['-F', '/dev/null', '-i', userKey, '-p', String(port)],
      ...trust.flatMap((option) => ['-o', option]),
    ])
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    const socket = connect(port, HOST)
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (connected) return
    await delay(TRY_AGAIN_MS)
  }
  throw new Error('sshd did not start')
}
