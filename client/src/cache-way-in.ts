import { encodeBase64Url, FootbridgeError, type Middleman } from '@footbridge/shared'
import { askSignaling, passedOn } from './ask-signaling.ts'
import { CourierWayIn, type CourierWayInOptions } from './courier-way-in.ts'

export interface CacheWayInOptions extends CourierWayInOptions {
  readonly cache: Middleman
}

/** Caches take URLs of 8 kB; this much is 5,462 characters of one. Few offers are as long as half of it. */
const MAX_LETTER_BYTES = 4_096

/** Offers by GET through a cache, in the path: no two offers are alike, so none is answered from what the cache has kept. */
export class CacheWayIn extends CourierWayIn {
  constructor({ cache, ...options }: CacheWayInOptions) {
    super(options, {
      carry: async (written, read, signal) => {
        const letter = await written
        if (letter.length > MAX_LETTER_BYTES)
          throw new FootbridgeError('too-large', 'the offer is too long for a URL')
        const path = `/${encodeBase64Url(letter)}`
        return read(passedOn(await askSignaling(cache, { method: 'GET', path }, signal)))
      },
    })
  }
}
