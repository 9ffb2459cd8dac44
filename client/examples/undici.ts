// A request with undici. npx tsx undici.ts NETWORK URL
import { connect } from '@footbridge/client'
import { request } from 'undici'

const [network = '', url = ''] = process.argv.slice(2)
await using client = await connect(network)

const { statusCode, body } = await request(url, { dispatcher: client.dispatcher })
console.log(statusCode, await body.text())
