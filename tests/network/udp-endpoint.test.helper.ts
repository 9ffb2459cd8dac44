import type { Host } from './host.ts'
import type { Program } from './program.ts'

export interface Address {
  readonly address: string
  readonly port: number
}

export interface Probe {
  readonly count: number
  /** Sent at once. */
  readonly burst?: number
  readonly bytes?: number
  /** Silence after which what is missing is lost. */
  readonly waitMs?: number
}

export type ToEndpoint =
  | { readonly type: 'send'; readonly to: Address; readonly text: string }
  | ({ readonly type: 'probe'; readonly to: Address } & Required<Probe>)

export type FromEndpoint =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'sent' }
  | { readonly type: 'received'; readonly from: Address; readonly text: string }
  | { readonly type: 'probed'; readonly roundTripsMs: (number | null)[] }

type Message<T extends FromEndpoint['type']> = FromEndpoint & { type: T }

const FIXTURE = 'tests/network/udp-endpoint.test.fixture.ts'
const DEFAULT_PROBE = { burst: 1, bytes: 100, waitMs: 1_000 }

/** A UDP port on a host of the box. */
export class UdpEndpoint {
  /** Where others reach it, if no NAT is in between. */
  readonly at: Address
  readonly #program: Program
  readonly #messages: FromEndpoint[]

  private constructor(program: Program, messages: FromEndpoint[], at: Address) {
    this.#program = program
    this.#messages = messages
    this.at = at
  }

  /** An `echo` sends back whatever comes; any other endpoint tells the test. */
  static async open(host: Host, manner: 'echo' | 'tell' = 'tell'): Promise<UdpEndpoint> {
    const program = host.runSource(FIXTURE, [manner])
    const messages: FromEndpoint[] = []
    program.on('message', (message) => messages.push(message as FromEndpoint))
    const { port } = (await program.nextMessage()) as Message<'listening'>
    return new UdpEndpoint(program, messages, { address: host.publicAddress, port })
  }

  /** Resolves when the datagram has left. */
  async send(to: Address, text: string): Promise<void> {
    this.#tell({ type: 'send', to, text })
    await this.#next('sent')
  }

  receive(): Promise<Message<'received'>> {
    return this.#next('received')
  }

  /** Round trips of numbered datagrams to an echo, `null` for those that did not come back. */
  async probe({ at }: UdpEndpoint, probe: Probe): Promise<(number | null)[]> {
    this.#tell({ type: 'probe', to: at, ...DEFAULT_PROBE, ...probe })
    return (await this.#next('probed')).roundTripsMs
  }

  #tell(message: ToEndpoint): void {
    this.#program.send(message)
  }

  async #next<T extends FromEndpoint['type']>(type: T): Promise<Message<T>> {
    for (;;) {
      const index = this.#messages.findIndex((message) => message.type === type)
      if (index >= 0) return this.#messages.splice(index, 1)[0] as Message<T>
      await this.#program.nextMessage()
    }
  }
}
