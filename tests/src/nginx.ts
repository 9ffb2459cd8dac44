import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from 'selfsigned'

export interface NginxOptions {
  /** For its files; a new one. */
  readonly folder: string
  readonly address: string
  readonly frontPort: number
  readonly cachePort: number
  /** `host:port` that it passes requests on to. */
  readonly upstream: string
  /** The command that runs a program where nginx is to run. Default: here. */
  readonly commandFor?: (command: string, ...args: readonly string[]) => [string, ...string[]]
}

/** What nginx passes on, as front and as cache. */
export interface Nginx {
  /** File with the certificate of the front, which is made out to {@link FRONT_NAME}. */
  readonly certificateFile: string
  readonly certificate: string
  close(): Promise<void>
}

/** What the front is called, in its certificate and in DNS: the machine's own name for itself, so that it resolves. */
export const FRONT_NAME = 'localhost'
/** The host that the front passes on; it knows no other. */
export const HIDDEN_HOST = 'signaling.hidden.example'

const START_TIMEOUT_MS = 10_000

/** A real nginx that stands between clients and signaling: a front that goes by the `Host` inside TLS, and a cache. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const { folder, address, frontPort, commandFor = (command, ...args) => [command, ...args] } = options
  await mkdir(folder, { recursive: true })
  const { cert, private: key } = await generate([{ name: 'commonName', value: FRONT_NAME }], {
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: FRONT_NAME },
          { type: 7, ip: address },
        ],
      },
    ],
  })
  const certificateFile = join(folder, 'front.crt')
  await writeFile(certificateFile, cert)
  await writeFile(join(folder, 'front.key'), key, { mode: 0o600 })
  const configuration = join(folder, 'nginx.conf')
  await writeFile(configuration, configurationOf(options))
  const [command, ...args] = commandFor('nginx', '-c', configuration, '-e', join(folder, 'error.log'))
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const exited = once(child, 'exit')
  await untilListening(commandFor, address, frontPort)
  return {
    certificateFile,
    certificate: cert,
    async close() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function configurationOf({ folder, address, frontPort, cachePort, upstream }: NginxOptions): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=offers:1m;
  server {
    listen ${address}:${frontPort} ssl default_server;
    ssl_certificate ${folder}/front.crt;
    ssl_certificate_key ${folder}/front.key;
    return 421;
  }
  server {
    listen ${address}:${frontPort} ssl;
    server_name ${HIDDEN_HOST};
    ssl_certificate ${folder}/front.crt;
    ssl_certificate_key ${folder}/front.key;
    # A client that names the hidden host in the TLS handshake gives it away.
    if ($ssl_server_name = ${HIDDEN_HOST}) { return 421; }
    location / { proxy_pass http://${upstream}; }
  }
  server {
    listen ${address}:${cachePort};
    location /c/ {
      limit_except GET { deny all; }
      proxy_cache offers;
      proxy_pass http://${upstream}/;
      add_header x-cache $upstream_cache_status;
    }
  }
}
`
}

async function untilListening(
  commandFor: Required<NginxOptions>['commandFor'],
  address: string,
  port: number,
): Promise<void> {
  // From where it runs: perhaps nobody else reaches it.
  const [command, ...args] = commandFor('bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`)
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const [status] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit')
    if (status === 0) return
    if (Date.now() > deadline) throw new Error('nginx does not start')
    await sleep(20)
  }
}
