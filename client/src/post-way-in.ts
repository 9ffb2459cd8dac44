import { boundedBytes, FootbridgeError, isFootbridgeError, MAX_SEALED_BYTES } from '@footbridge/shared'
import { ANSWER_TIMEOUT_MS, type Courier } from './courier.ts'
import { CourierWayIn, type CourierWayInOptions } from './courier-way-in.ts'

export interface PostWayInOptions extends CourierWayInOptions {
  /** HTTP origin of the signaling server. */
  readonly origin: string
}

/** Offers by one HTTP POST to signaling: passes where WebSockets do not. */
export class PostWayIn extends CourierWayIn {
  constructor({ origin, ...options }: PostWayInOptions) {
    super(options, new PostCourier(origin))
  }
}

class PostCourier implements Courier {
  readonly isDirect = true
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async carry<T>(letter: Uint8Array, read: (answer: Uint8Array) => T, signal: AbortSignal): Promise<T> {
    const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    try {
      const response = await fetch(`${this.#origin}/v1/offers`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: letter as Uint8Array<ArrayBuffer>,
        redirect: 'error',
        signal: AbortSignal.any([signal, deadline]),
      })
      return read(await boundedBytes(response, MAX_SEALED_BYTES))
    } catch (error) {
      if (isFootbridgeError(error)) throw error
      if (signal.aborted) throw new FootbridgeError('aborted', 'the rendezvous was cancelled')
      // No `cause`: it names the server's address.
      throw new FootbridgeError('unavailable', 'the signaling server cannot be reached by POST')
    }
  }
}
