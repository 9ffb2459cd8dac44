import { execute } from './execute.ts'

/** Names say whose they are, so that what a crashed process left behind can be told from what is in use. */
const PREFIX = 'footbridge-'
const OWNED_NAME = /^footbridge-(\d+)-/
const KILL_TIMEOUT_MS = 5_000
/** The kernel may take a second to see that both ends of a cable are up. */
const UP_TIMEOUT_MS = 5_000
const POLL_MS = 10

/** A Linux network namespace: interfaces, routes, firewall and the processes in it. */
export class Namespace {
  readonly name: string

  private constructor(name: string) {
    this.name = name
  }

  /** Makes an empty namespace. `label` is to be unique in this process. */
  static async create(label: string): Promise<Namespace> {
    const namespace = new Namespace(`${PREFIX}${process.pid}-${label}`)
    await execute('ip', ['netns', 'add', namespace.name])
    try {
      await namespace.ip('link set lo up')
      // One address family is enough, and the addresses that the other gives itself would become ICE candidates.
      await namespace.set('net/ipv6/conf/all/disable_ipv6', '1')
    } catch (error) {
      await namespace.delete()
      throw error
    }
    return namespace
  }

  /** Deletes the namespaces of processes that no longer run, with whatever is left in them. */
  static async deleteStale(): Promise<void> {
    const stale = (await Namespace.list()).filter((name) => !isRunning(Number(OWNED_NAME.exec(name)?.[1])))
    // Another process may be doing the same: then it is done.
    for (const name of stale) await new Namespace(name).delete().catch(() => {})
  }

  /** Names of all namespaces of this kind on this machine, of this process or of others. */
  static async list(): Promise<string[]> {
    const lines = (await execute('ip', ['netns', 'list'])).toString().split('\n')
    return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => OWNED_NAME.test(name))
  }

  /** Runs `ip` commands, such as `link set eth0 up`, one after the other. */
  async ip(...commands: string[]): Promise<void> {
    await execute('ip', ['-netns', this.name, '-batch', '-'], { input: `${commands.join('\n')}\n` })
  }

  /** Runs `nft` commands, all or none. */
  async nft(commands: string): Promise<void> {
    await execute('ip', this.inside('nft', '-f', '-'), { input: commands })
  }

  /** Sets a kernel parameter, such as `net/ipv4/ip_forward`. */
  async set(parameter: string, value: string): Promise<void> {
    await execute('ip', this.inside('tee', `/proc/sys/${parameter}`), { input: value })
  }

  /** Resolves when an interface can be used; until then programs do not find its address. */
  async untilUp(interfaceName: string): Promise<void> {
    const isUp = async (): Promise<boolean> => {
      const flags = await execute('ip', ['-netns', this.name, 'link', 'show', 'dev', interfaceName])
      return !flags.includes('NO-CARRIER')
    }
    await poll(isUp, UP_TIMEOUT_MS, 'an interface does not come up')
  }

  /** Arguments for `ip` that run a program in here. */
  inside(program: string, ...args: string[]): string[] {
    return ['netns', 'exec', this.name, program, ...args]
  }

  /** Processes in here, those that a program started included. */
  async pids(): Promise<number[]> {
    const text = (await execute('ip', ['netns', 'pids', this.name])).toString()
    return text.split('\n').filter(Boolean).map(Number)
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await this.pids()) signalProcess(pid, signal)
  }

  /** Kills every process in here; resolves when they are gone. */
  async kill(): Promise<void> {
    const isEmpty = async (): Promise<boolean> => {
      await this.signal('SIGKILL')
      return (await this.pids()).length === 0
    }
    await poll(isEmpty, KILL_TIMEOUT_MS, 'a process outlives SIGKILL')
  }

  async delete(): Promise<void> {
    await this.kill()
    await execute('ip', ['netns', 'delete', this.name])
  }
}

async function poll(isSo: () => Promise<boolean>, timeoutMs: number, failure: string): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(failure)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function isRunning(pid: number): boolean {
  return signalProcess(pid, 0)
}

/** False if there is no such process. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
