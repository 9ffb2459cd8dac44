import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { encodeBindingRequest, parseBindingResponse, STUN_TRANSACTION_BYTES } from '@footbridge/shared/node'
import { untilAborted } from './until-aborted.ts'

/** When the question is asked: a datagram may be lost. */
const ASK_AT_MS = [0, 300, 900]
/** The look-up of the server's name included. */
const ANSWER_TIMEOUT_MS = 2_500

const STUN_URL = /^stun:\[?(.+?)\]?:(\d+)$/

/** Whether the STUN server `url` (`stun:host:port`) answers by UDP. False too if its name is not known. */
export async function askStun(url: string, signal: AbortSignal): Promise<boolean> {
  const [, host = '', port] = STUN_URL.exec(url) ?? []
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
  // Where DNS is blocked, a look-up takes its own time to fail.
  const server = await Promise.race([lookup(host).catch(() => undefined), untilAborted(deadline)])
  if (server === undefined) return false
  const transaction = randomBytes(STUN_TRANSACTION_BYTES)
  const question = encodeBindingRequest({ transaction })
  const socket = createSocket(server.family === 6 ? 'udp6' : 'udp4')
  const timers = ASK_AT_MS.map((afterMs) =>
    setTimeout(() => socket.send(question, Number(port), server.address, () => {}), afterMs),
  )
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on('message', (datagram) => {
        const response = parseBindingResponse(datagram)
        if (response !== undefined && transaction.equals(response.transaction)) resolve(true)
      })
      // The system tells so where nothing listens, or nothing leads there.
      socket.on('error', () => resolve(false))
      void untilAborted(deadline).then(() => resolve(false))
    })
  } finally {
    for (const timer of timers) clearTimeout(timer)
    socket.close()
  }
}
