import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { HOST } from './loopback.ts'

/** Stands before a server as a reverse proxy does, and says of everybody that they come from `address`. */
export class ForwardingProxy {
  address: string
  readonly #server: Server

  private constructor(address: string, target: string) {
    this.address = address
    this.#server = createServer((near) => {
      const far = connect(Number(new URL(target).port), HOST)
      near.once('data', (head) => {
        far.write(
          head.toString('latin1').replace('\r\n', `\r\nX-Forwarded-For: ${this.address}\r\n`),
          'latin1',
        )
        near.pipe(far)
      })
      far.pipe(near)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    })
  }

  static async start(address: string, target: string): Promise<ForwardingProxy> {
    const proxy = new ForwardingProxy(address, target)
    proxy.#server.listen(0, HOST)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
  }
}
