import type { Middleman } from '@footbridge/shared'
import { askSignaling, passedOn } from './ask-signaling.ts'
import { CourierWayIn, type CourierWayInOptions } from './courier-way-in.ts'

export interface FrontWayInOptions extends CourierWayInOptions {
  readonly front: Middleman
}

/** Offers by POST through a front: something with a name that a censor does not block, which passes requests on to signaling. */
export class FrontWayIn extends CourierWayIn {
  constructor({ front, ...options }: FrontWayInOptions) {
    super(options, {
      carry: async (letter, read, signal) =>
        read(passedOn(await askSignaling(front, { method: 'POST', body: letter }, signal))),
    })
  }
}
