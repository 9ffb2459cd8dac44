// Asks a name server by UDP for the addresses of a name. npx tsx dns.ts NETWORK SERVER:PORT NAME
import { connect } from '@footbridge/client'
import { decode, encode } from 'dns-packet'

/** UDP loses things, so ask again after this long. */
const RETRY_MS = 1_000

const [network = '', server = '', name = ''] = process.argv.slice(2)
const [host = '', port = '53'] = server.split(':')
await using client = await connect(network)
await using datagrams = await client.datagrams()

const data = encode({ type: 'query', id: 1, flags: 0x0100, questions: [{ type: 'A', name }] })
const ask = () => datagrams.send({ host, port: Number(port), data })
const retry = setInterval(ask, RETRY_MS)
ask()
for await (const answer of datagrams) {
  for (const record of decode(Buffer.from(answer.data)).answers ?? []) {
    if (record.type === 'A') console.log(record.data)
  }
  break
}
clearInterval(retry)
