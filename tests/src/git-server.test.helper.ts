import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { run } from './run.test.helper.ts'

const FILE_BYTES = 1_048_576
/** What git would spend its time on with random files. */
const FAST = ['-c', 'core.bigFileThreshold=1k', '-c', 'core.compression=0', '-c', 'gc.auto=0']
const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']

/** A repository with `mebibytes` of random files in one commit, in a new folder `path`. */
export async function makeRepository(path: string, mebibytes: number): Promise<void> {
  await mkdir(path)
  await run('git', ['init', '--quiet', path])
  for (let index = 0; index < mebibytes; index += 1)
    await writeFile(join(path, `file-${index}`), randomBytes(FILE_BYTES))
  await run('git', ['-C', path, ...FAST, 'add', '.'])
  await run('git', ['-C', path, ...FAST, ...AUTHOR, 'commit', '--quiet', '--message', 'everything'])
  for (const [key, value] of [
    ['core.bigFileThreshold', '1k'],
    ['core.compression', '0'],
  ] as const)
    await run('git', ['-C', path, 'config', key, value])
}

/** The commit that a repository is at, once all that it consists of is there and whole. */
export async function verifiedHead(path: string): Promise<string> {
  await run('git', ['-C', path, 'fsck', '--full', '--strict'])
  return await run('git', ['-C', path, 'rev-parse', 'HEAD'])
}

/** Serves the repositories in a folder over HTTP: git's own `http-backend`, by CGI (RFC 3875). */
export class GitServer {
  readonly port: number
  /** Of all answers so far. */
  bytesSent = 0
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async start(folder: string): Promise<GitServer> {
    const server = createServer((request, response) =>
      serveByCgi(folder, request, response, (bytes) => {
        started.bytesSent += bytes
      }),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const started = new GitServer(server)
    return started
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

function serveByCgi(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  sent: (bytes: number) => void,
): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  request.pipe(backend.stdin.on('error', () => {}))
  response.on('close', () => backend.kill())
  let head = Buffer.alloc(0)
  const readHead = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    backend.stdout.off('data', readHead)
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: */, 2)
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    backend.stdout.on('data', (bytes: Buffer) => sent(bytes.length)).pipe(response)
  }
  backend.stdout.on('data', readHead)
}
