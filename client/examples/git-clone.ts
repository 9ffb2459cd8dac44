// Clones a repository. npx tsx git-clone.ts NETWORK URL FOLDER
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from '@footbridge/client'

const [network = '', url = '', folder = ''] = process.argv.slice(2)
await using client = await connect(network)
await using proxy = await client.listen({ host: '127.0.0.1', port: 0 })

// socks5h: the name of the server is looked up at the other end, not here.
const config = `http.proxy=socks5h://${proxy.host}:${proxy.port}`
const git = spawn('git', ['clone', '--config', config, url, folder], { stdio: 'inherit' })
;[process.exitCode] = await once(git, 'exit')
