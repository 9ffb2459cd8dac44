import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { FootbridgeError } from '../errors.ts'
import { reportReady, runCommand } from './command.ts'
import { formatListenAddress, listen, parseListenAddress } from './listen.ts'

await runCommand({
  name: 'sample',
  description: 'Does what the tests of the frame ask for',
  version: '1.2.3',
  options: {
    do: { type: 'string', default: 'print', description: 'What to do' },
    listen: { type: 'string', default: '127.0.0.1:0', description: 'Where to serve' },
    paths: { type: 'number', default: 3, description: 'A number' },
    stun: { type: 'string', array: true, default: [], description: 'A repeatable option' },
    'allow-all': { type: 'boolean', default: false, description: 'A switch' },
  },
  run: async (options, { signal, log }) => {
    switch (options.do) {
      case 'print':
        process.stdout.write(JSON.stringify(options))
        return
      case 'serve': {
        const server = createServer()
        const address = await listen(server, parseListenAddress(options.listen))
        reportReady(`http://${formatListenAddress(address)}`)
        log.info('serving')
        await once(signal, 'abort')
        server.close()
        process.stdout.write('stopped')
        return
      }
      case 'hang':
        setInterval(() => {}, 1_000)
        reportReady('')
        await new Promise(() => {})
        return
      case 'linger':
        setInterval(() => {}, 1_000)
        return
      case 'wait':
        reportReady('')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return
      case 'fail':
        throw new FootbridgeError('no-bridge', 'nobody can help right now: try again in a minute')
      case 'crash':
        throw new TypeError('something\nunforeseen')
      case 'crash-later':
        setImmediate(() => Promise.reject(new TypeError('nobody waits for this')))
        await once(signal, 'abort')
        return
      case 'read':
        await readFile('/nowhere/at-all.json')
        return
      case 'connect':
        await once(connect(1, '127.0.0.1'), 'connect')
        return
    }
  },
  commands: {
    say: {
      description: 'Prints two operands',
      operands: ['first', 'second'],
      run: async (options, _context, first, second) => {
        process.stdout.write(JSON.stringify([first, second, options.paths]))
      },
    },
    pass: {
      description: 'Prints the words of another command',
      rest: 'command',
      run: async (options, _context, ...words) => {
        process.stdout.write(JSON.stringify([words, options.paths]))
      },
    },
  },
})
