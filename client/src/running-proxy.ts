import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ListenAddress, makeFolder } from '@footbridge/shared/node'

const SOCKET = 'proxy.sock'
const ANSWER_TIMEOUT_MS = 1_000
/** What a socket's path may have on every system (104 bytes on macOS, its end included). */
const MAX_SOCKET_PATH_BYTES = 103

/** A proxy that programs on this machine can use. */
export interface RunningProxy extends ListenAddress {
  /** It asks for one. */
  readonly hasPassword: boolean
}

/**
 * Tells the other commands of this user where the proxy is, as long as it runs: by a socket in `folder`, which answers with
 * the address and which only this user can make. A file would be there after a crash still, when somebody else may have
 * the port. Where there can be no such socket, or another proxy has it, nobody is told.
 */
export async function announceProxy(
  folder: string,
  proxy: RunningProxy,
): Promise<{ close(): Promise<void> }> {
  const path = socketPath(folder)
  if (path === undefined || (await findRunningProxy(folder)) !== undefined) return { close: async () => {} }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(JSON.stringify(proxy))
  })
  server.maxConnections = 16
  try {
    await makeFolder(folder)
    await rm(path, { force: true })
    await once(server.listen(path), 'listening')
    await chmod(path, 0o600)
  } catch {
    return { close: () => closeServer(server) }
  }
  return { close: () => closeServer(server) }
}

/** The proxy of this user that runs now, if any. */
export async function findRunningProxy(folder: string): Promise<RunningProxy | undefined> {
  const path = socketPath(folder)
  if (path === undefined) return undefined
  const socket = connect(path)
  const timer = setTimeout(() => socket.destroy(), ANSWER_TIMEOUT_MS)
  try {
    return JSON.parse(await text(socket)) as RunningProxy
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function socketPath(folder: string): string | undefined {
  const path = join(folder, SOCKET)
  const fits = Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
  return process.platform === 'win32' || !fits ? undefined : path
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}
