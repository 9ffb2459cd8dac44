// Opens a box with a program in it, says which, and is killed before it can close the box.
import { once } from 'node:events'
import { Box } from './box.ts'

const box = await Box.create()
const host = await box.addHost('host', { link: { delayMs: 1 } })
const [pid] = await once(host.run('sh', ['-c', 'echo $$; exec sleep 1000']), 'line')
process.send?.(pid)
