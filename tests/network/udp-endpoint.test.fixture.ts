// A UDP port on a host of the box. The test that started it says what it sends, and hears what comes.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { FromEndpoint, ToEndpoint } from './udp-endpoint.test.helper.ts'

const [manner] = process.argv.slice(2)
const socket = createSocket('udp4')
/** When each probe left, and how long it took. */
let departures: number[] = []
let roundTripsMs: (number | null)[] = []
let returned = 0
let onReturn: () => void = () => {}

socket.on('message', (datagram, from) => {
  if (manner === 'echo') socket.send(datagram, from.port, from.address)
  else if (departures.length > 0) noteReturn(datagram)
  else tellReceived(datagram, from)
})

process.on('disconnect', () => process.exit())
process.on('message', async (message: ToEndpoint) => {
  if (message.type === 'send') {
    const { to, text } = message
    socket.send(text, to.port, to.address, () => tell({ type: 'sent' }))
  } else await probe(message)
})

socket.bind()
await once(socket, 'listening')
tell({ type: 'listening', port: socket.address().port })

/** Sends numbered datagrams to an echo, `burst` at a time; the next follow when these are back or given up. */
async function probe({ to, count, burst, bytes, waitMs }: ToEndpoint & { type: 'probe' }): Promise<void> {
  departures = []
  roundTripsMs = Array.from({ length: count }, () => null)
  returned = 0
  while (departures.length < count) {
    for (let left = Math.min(burst, count - departures.length); left > 0; left -= 1) {
      const datagram = Buffer.alloc(bytes)
      datagram.writeUInt32BE(departures.length)
      departures.push(performance.now())
      socket.send(datagram, to.port, to.address)
    }
    await allReturned(waitMs)
  }
  departures = []
  tell({ type: 'probed', roundTripsMs })
}

function noteReturn(datagram: Buffer): void {
  const index = datagram.readUInt32BE()
  roundTripsMs[index] = performance.now() - (departures[index] ?? 0)
  returned += 1
  onReturn()
}

/** Resolves when all that was sent is back, or nothing came for `waitMs`. */
function allReturned(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(resolve, waitMs)
    onReturn = () => {
      clearTimeout(timer)
      if (returned === departures.length) resolve()
      else timer = setTimeout(resolve, waitMs)
    }
  })
}

function tellReceived(datagram: Buffer, { address, port }: RemoteInfo): void {
  tell({ type: 'received', from: { address, port }, text: datagram.toString() })
}

function tell(message: FromEndpoint): void {
  process.send?.(message)
}
