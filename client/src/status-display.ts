import type { Clock } from '@footbridge/shared'
import type { FootbridgeClient } from './client.ts'
import { describeStatus, describeTraffic } from './status-line.ts'
import { TrafficMeter } from './traffic-meter.ts'

/** How often the live line is written anew. */
const LIVE_MS = 1_000
const DEFAULT_COLUMNS = 80
/** Carriage return, then erase what is to the right (ECMA-48). */
const CLEAR_LINE = '\r\u001b[K'

/** What `process.stdout` is, as far as it counts here. */
interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number | undefined
  write(text: string): unknown
}

export interface StatusDisplayOptions {
  readonly out: Terminal
  readonly clock: Clock
  /** `live`: one line that is written again and again; `plain`: one for each change; `json`: the same as JSON. */
  readonly form: 'live' | 'plain' | 'json'
}

/** Shows on a terminal, or in a file or pipe, how a client is doing. */
export class StatusDisplay {
  readonly #client: Pick<FootbridgeClient, 'status' | 'addEventListener' | 'removeEventListener'>
  readonly #options: StatusDisplayOptions
  readonly #meter = new TrafficMeter()
  readonly #update = (): void => this.#show()
  #last = ''
  #cancelTimer: () => void = () => {}

  constructor(
    client: Pick<FootbridgeClient, 'status' | 'addEventListener' | 'removeEventListener'>,
    options: StatusDisplayOptions,
  ) {
    this.#client = client
    this.#options = options
    client.addEventListener('statechange', this.#update)
    this.#show()
    if (options.form !== 'json') this.#again()
  }

  /** Writes a line of its own, above the live one. Not as JSON, which is for programs. */
  print(line: string): void {
    if (this.#options.form === 'json') return
    this.#write(line)
    if (this.#options.form === 'live') this.#show()
  }

  /** Ends the line. */
  close(): void {
    this.#cancelTimer()
    this.#client.removeEventListener('statechange', this.#update)
    if (this.#options.form !== 'json') this.#write('stopped')
  }

  #again(): void {
    this.#cancelTimer = this.#options.clock.after(LIVE_MS, () => {
      this.#show()
      this.#again()
    })
  }

  #show(): void {
    const { status } = this.#client
    const traffic = this.#meter.sample(status.paths, this.#options.clock.now())
    if (this.#options.form === 'json') {
      this.#writeChange(JSON.stringify({ ...status, sent: traffic.sent, received: traffic.received }))
      return
    }
    const text = describeStatus(status)
    if (this.#options.form === 'plain') {
      this.#writeChange(text)
      return
    }
    const { out } = this.#options
    const line = status.state === 'connected' ? `${text}; ${describeTraffic(traffic)}` : text
    // A line that breaks cannot be written over. Some terminals say that they have 0 columns.
    out.write(CLEAR_LINE + line.slice(0, (out.columns || DEFAULT_COLUMNS) - 1))
  }

  #writeChange(line: string): void {
    if (line !== this.#last) this.#write(line)
    this.#last = line
  }

  #write(line: string): void {
    this.#options.out.write(`${this.#options.form === 'live' ? CLEAR_LINE : ''}${line}\n`)
  }
}
