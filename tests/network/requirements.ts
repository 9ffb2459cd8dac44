import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execute } from './execute.ts'
import { Namespace } from './namespace.ts'

const TUN_DEVICE = '/dev/net/tun'
/** Several test files may want to, one after the other. */
const INSTALL_TIMEOUT_MS = 900_000
const INSTALL_LOCK = join(tmpdir(), 'footbridge-install.lock')

/** Programs, and the packages of Debian that have them. */
type Tools = Readonly<Record<string, readonly string[]>>

/** What the box is made with. */
const TOOLS: Tools = {
  ip: ['iproute2'],
  nft: ['nftables'],
  gcc: ['gcc', 'libc6-dev'],
}

/** Why there can be no box on this machine; installs what is missing where that is possible. */
export async function findObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are a feature of Linux'
  if (process.getuid?.() !== 0) return 'only root may make network namespaces'
  return (await installTools(TOOLS)) ?? (await tryOut())
}

/** Installs what is missing; why that is not possible, if so. */
export async function installTools(tools: Tools): Promise<string | undefined> {
  const missing: string[] = []
  for (const tool of Object.keys(tools)) if (!(await isOnPath(tool))) missing.push(tool)
  if (missing.length === 0) return
  const packages = missing.flatMap((tool) => tools[tool] ?? [])
  if (!(await isOnPath('apt-get'))) return `not installed: ${packages.join(', ')}`
  const options = { timeoutMs: INSTALL_TIMEOUT_MS, environment: { DEBIAN_FRONTEND: 'noninteractive' } }
  try {
    // One at a time: apt-get gives up when another one runs.
    const install = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"'
    await execute('flock', [INSTALL_LOCK, 'sh', '-c', install, 'sh', ...packages], options)
  } catch {
    return `not installed, and apt-get cannot install them: ${packages.join(', ')}`
  }
}

/** Containers often run as a root who may do none of this. */
async function tryOut(): Promise<string | undefined> {
  try {
    await access(TUN_DEVICE, constants.R_OK | constants.W_OK)
  } catch {
    return `${TUN_DEVICE} cannot be opened`
  }
  let namespace: Namespace | undefined
  try {
    namespace = await Namespace.create('try')
    await namespace.nft('add table ip try')
  } catch {
    return 'making a network namespace with its own firewall is not permitted'
  } finally {
    await namespace?.delete()
  }
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const found = folders.map((folder) =>
    access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    ),
  )
  return (await Promise.all(found)).includes(true)
}
