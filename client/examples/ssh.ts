// Runs ssh over the network. npx tsx ssh.ts NETWORK [OPTIONS OF SSH] DESTINATION [COMMAND]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from '@footbridge/client'

const [network = '', ...args] = process.argv.slice(2)
await using client = await connect(network)
await using proxy = await client.listen({ host: '127.0.0.1', port: 0 })

// That of OpenBSD (netcat-openbsd in Debian), which has names looked up by the proxy.
const command = `ProxyCommand=nc -X 5 -x ${proxy.host}:${proxy.port} %h %p`
const ssh = spawn('ssh', ['-o', command, ...args], { stdio: 'inherit' })
;[process.exitCode] = await once(ssh, 'exit')
