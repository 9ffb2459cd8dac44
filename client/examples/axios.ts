// A request with axios, or whatever else takes an agent of node:http. npx tsx axios.ts NETWORK URL
import { connect } from '@footbridge/client'
import axios from 'axios'

const [network = '', url = ''] = process.argv.slice(2)
await using client = await connect(network)

// One agent serves both schemes. Without `proxy: false` axios might use a proxy from the environment instead.
const response = await axios.get(url, { httpAgent: client.agent, httpsAgent: client.agent, proxy: false })
console.log(response.status, response.data)
