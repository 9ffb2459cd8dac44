import { deriveKey } from './key-derivation.ts'
import { AEAD_NONCE_BYTES, type Aead, type Primitives } from './primitives.ts'

/** Packets sealed under one key; then both sides derive the next one and forget it. */
export const KEY_ROTATION_PACKETS: number = 2 ** 20

/** One path's key for one direction, and the nonces made under it: path id u32 ‖ packet number u64. */
export class PathKey {
  readonly nonce: Uint8Array = new Uint8Array(AEAD_NONCE_BYTES)
  aead: Aead
  readonly #primitives: Primitives
  readonly #nonceView: DataView
  #key: Uint8Array
  #epoch = 0

  constructor(primitives: Primitives, directionKey: Uint8Array, pathId: number) {
    this.#primitives = primitives
    this.#nonceView = new DataView(this.nonce.buffer)
    this.#nonceView.setUint32(0, pathId)
    this.#key = deriveKey(primitives, directionKey, 'footbridge path', this.nonce.subarray(0, 4))
    this.aead = primitives.aead(this.#key)
  }

  /** Makes `nonce` and `aead` right for `number`, which never goes down. */
  use(number: number): void {
    this.#nonceView.setUint32(8, number)
    while (this.#epoch < Math.floor(number / KEY_ROTATION_PACKETS)) {
      this.#key = deriveKey(this.#primitives, this.#key, 'footbridge rotate', new Uint8Array(0))
      this.aead = this.#primitives.aead(this.#key)
      this.#epoch += 1
    }
  }
}
