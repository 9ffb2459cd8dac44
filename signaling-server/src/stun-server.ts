import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Clock, FootbridgeError } from '@footbridge/shared'
import { type Endpoint, explainSystemError, isSystemError, type ListenAddress } from '@footbridge/shared/node'
import { plainAddress } from './peer-origin.ts'
import { SourceRates } from './source-rates.ts'
import { answerStun } from './stun-answer.ts'

export interface StunServerOptions {
  /** The second port is the next one. Port 0 is any two that are free. */
  readonly listen: ListenAddress
  readonly clock: Clock
  /** Answers per second that one address gets in the long run, and at once after a pause. */
  readonly perSecond?: number
  readonly burst?: number
}

export interface StunServer {
  readonly ports: readonly [number, number]
  close(): Promise<void>
}

/** A browser asks for each of its connections once every ten seconds, and a carrier's NAT has many behind it. */
const ANSWERS_PER_SECOND = 100
const ANSWER_BURST = 500

/**
 * Tells whoever asks by UDP under which address it is seen (RFC 8489), from either of two ports, and keeps nothing of it.
 * Throws `unavailable`, with a sentence on how to mend it, if the ports cannot be had.
 */
export async function startStunServer(options: StunServerOptions): Promise<StunServer> {
  const { listen, clock, perSecond = ANSWERS_PER_SECOND, burst = ANSWER_BURST } = options
  const first = await bind(listen)
  const port = listen.port === 0 ? 0 : listen.port + 1
  const second = await bind({ ...listen, port }).catch(async (error: unknown) => {
    await close(first)
    throw error
  })
  const rates = new SourceRates(perSecond, burst)
  serve(first, second)
  serve(second, first)
  return {
    ports: [first.address().port, second.address().port],
    close: async () => {
      await Promise.all([close(first), close(second)])
    },
  }

  function serve(here: Socket, other: Socket): void {
    const [hereAt, otherAt] = [endpointOf(here), endpointOf(other)]
    here.on('message', (datagram, { address, port }) => {
      const source = { address: plainAddress(address), port }
      // Nobody listens at port 0; it is what a forged datagram may have.
      if (port === 0 || !rates.take(source.address, clock.now())) return
      const answer = answerStun(datagram, source, hereAt, otherAt)
      // An answer that cannot be sent is lost as any datagram may be: the asker asks again.
      if (answer) (answer.fromOther ? other : here).send(answer.bytes, port, address, () => {})
    })
  }
}

async function bind({ host, port }: ListenAddress): Promise<Socket> {
  if (port > 65_535)
    throw new FootbridgeError('usage', 'STUN needs the next port too: choose one below 65535')
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    socket.bind({ port, exclusive: true, ...(host !== '' && { address: host }) })
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    if (!isSystemError(error)) throw error
    throw new FootbridgeError('unavailable', `STUN: ${explainSystemError(error)}`, { cause: error })
  }
  // Of answers that did not arrive, where the system tells.
  socket.on('error', () => {})
  return socket
}

function endpointOf(socket: Socket): Endpoint {
  const { address, port } = socket.address()
  return { address, port }
}

async function close(socket: Socket): Promise<void> {
  const closed = once(socket, 'close')
  socket.close()
  await closed
}
