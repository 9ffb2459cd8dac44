import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

export const HOST = '127.0.0.1'

const READY_TIMEOUT_MS = 10_000

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves when the server at `origin` can do its work. */
export async function untilReady(origin: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    const { ok } = await fetch(`${origin}/readyz`)
    if (ok) return
    if (Date.now() > deadline) throw new Error('a server did not become ready')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
