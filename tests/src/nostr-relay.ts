import { once } from 'node:events'
import { type Event, EventRepository } from '@nostr-relay/common'
import { NostrRelay } from '@nostr-relay/core'
import { WebSocketServer } from 'ws'

/** A relay that stores nothing, whatever it is sent. */
class NoEvents extends EventRepository {
  isSearchSupported(): boolean {
    return false
  }
  upsert(): { isDuplicate: boolean } {
    return { isDuplicate: false }
  }
  find(): Event[] {
    return []
  }
  async destroy(): Promise<void> {}
}

/** A real Nostr relay that everybody may use. */
export async function startNostrRelay(address: string, port: number): Promise<{ close(): Promise<void> }> {
  const relay = new NostrRelay(new NoEvents())
  const server = new WebSocketServer({ host: address, port })
  server.on('connection', (socket) => {
    relay.handleConnection(socket as Parameters<typeof relay.handleConnection>[0])
    socket.on('message', (data) => {
      void relay.handleMessage(socket as Parameters<typeof relay.handleMessage>[0], JSON.parse(String(data)))
    })
    socket.on('close', () => relay.handleDisconnect(socket as Parameters<typeof relay.handleDisconnect>[0]))
    socket.on('error', () => {})
  })
  await once(server, 'listening')
  return {
    async close() {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
      await relay.destroy()
    },
  }
}
