import { startNostrRelay } from '../src/nostr-relay.ts'

// A Nostr relay on a host of the box: ADDRESS PORT.
const [address = '', port = ''] = process.argv.slice(2)
await startNostrRelay(address, Number(port))
process.send?.('ready')
