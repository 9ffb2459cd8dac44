import { askSignaling } from './ask-signaling.ts'
import { CourierWayIn, type CourierWayInOptions } from './courier-way-in.ts'

export interface PostWayInOptions extends CourierWayInOptions {
  /** HTTP origin of the signaling server. */
  readonly origin: string
}

/** Offers by one HTTP POST to signaling: passes where WebSockets do not. */
export class PostWayIn extends CourierWayIn {
  constructor({ origin, ...options }: PostWayInOptions) {
    super(options, {
      isDirect: true,
      // A refusal is an answer too, whatever its status.
      carry: async (letter, read, signal) =>
        read((await askSignaling({ url: origin }, { method: 'POST', body: letter }, signal)).body),
    })
  }
}
