import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  decodeBase64Url,
  deriveKey,
  encodeBase64Url,
  encodeText,
  type Primitives,
} from '@footbridge/shared'

/** Bytes of an instance's id, which it makes up at each start. */
const INSTANCE_ID_BYTES = 6
/** Characters of an instance's id, which all ids of its bridges start with. */
export const INSTANCE_ID_CHARS = 8

/** A name for this run of this program, which tells nothing. */
export function newInstanceId({ randomBytes }: Primitives): string {
  return encodeBase64Url(randomBytes(INSTANCE_ID_BYTES))
}

/** A message of another instance. */
export interface Opened {
  /** The instance that wrote it. */
  readonly from: string
  /** Rises with each message of one instance. */
  readonly number: number
  readonly message: Uint8Array
}

/**
 * Seals what instances tell each other, under a key that all who hold the ticket key have. It passes through Redis, where
 * descriptions with addresses in them are nobody's business, and where nobody is to make up offers and answers.
 *
 * A sealed message is `id of the instance (6) · number u48 · sealed`; the first twelve bytes are the nonce, the channel is
 * the associated data.
 */
export class ClusterSeal {
  readonly #aead: Aead
  readonly #id: Uint8Array
  #lastNumber = 0

  constructor(id: string, ticketSecret: Uint8Array, primitives: Primitives) {
    this.#id = decodeBase64Url(id)
    this.#aead = primitives.aead(deriveKey(primitives, ticketSecret, 'footbridge cluster', new Uint8Array()))
  }

  seal(channel: string, message: Uint8Array): Buffer {
    const bytes = Buffer.alloc(AEAD_NONCE_BYTES + message.length + AEAD_TAG_BYTES)
    bytes.set(this.#id)
    this.#lastNumber += 1
    bytes.writeUIntBE(this.#lastNumber, INSTANCE_ID_BYTES, AEAD_NONCE_BYTES - INSTANCE_ID_BYTES)
    const nonce = bytes.subarray(0, AEAD_NONCE_BYTES)
    this.#aead.seal(nonce, encodeText(channel), message, bytes.subarray(AEAD_NONCE_BYTES))
    return bytes
  }

  /** `undefined` for what no instance with the same key has sealed for this channel. */
  open(channel: string, bytes: Buffer): Opened | undefined {
    if (bytes.length < AEAD_NONCE_BYTES + AEAD_TAG_BYTES) return undefined
    const nonce = bytes.subarray(0, AEAD_NONCE_BYTES)
    const message = this.#aead.open(nonce, encodeText(channel), bytes.subarray(AEAD_NONCE_BYTES))
    if (message === undefined) return undefined
    return {
      from: encodeBase64Url(bytes.subarray(0, INSTANCE_ID_BYTES)),
      number: bytes.readUIntBE(INSTANCE_ID_BYTES, AEAD_NONCE_BYTES - INSTANCE_ID_BYTES),
      message,
    }
  }
}
