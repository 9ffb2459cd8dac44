// A STUN server (RFC 8489) that knows one thing: to tell whoever asks under which address it sees them.
//
//   stun-server.test.fixture.ts ADDRESS
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const PORT = 3478
const HEADER_BYTES = 20
const BINDING_REQUEST = 0x0001
const BINDING_RESPONSE = 0x0101
const XOR_MAPPED_ADDRESS = 0x0020
const ADDRESS_BYTES = 8
const IPV4 = 0x01
const MAGIC_COOKIE = 0x2112a442

const [address] = process.argv.slice(2)
const socket = createSocket('udp4')

socket.on('message', (request, { address, port }) => {
  if (request.length < HEADER_BYTES || request.readUInt16BE(0) !== BINDING_REQUEST) return
  if (request.readUInt32BE(4) !== MAGIC_COOKIE) return
  socket.send(bindingResponse(request.subarray(8, HEADER_BYTES), address, port), port, address)
})

process.on('disconnect', () => process.exit())
socket.bind(PORT, address)
await once(socket, 'listening')
process.send?.({ type: 'ready', url: `stun:${address}:${PORT}` })

function bindingResponse(transaction: Uint8Array, address: string, port: number): Buffer {
  const attribute = Buffer.alloc(4 + ADDRESS_BYTES)
  attribute.writeUInt16BE(XOR_MAPPED_ADDRESS, 0)
  attribute.writeUInt16BE(ADDRESS_BYTES, 2)
  attribute.writeUInt8(IPV4, 5)
  attribute.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 6)
  const octets = Buffer.from(address.split('.').map(Number))
  attribute.writeUInt32BE((octets.readUInt32BE() ^ MAGIC_COOKIE) >>> 0, 8)

  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(BINDING_RESPONSE, 0)
  header.writeUInt16BE(attribute.length, 2)
  header.writeUInt32BE(MAGIC_COOKIE, 4)
  header.set(transaction, 8)
  return Buffer.concat([header, attribute])
}
