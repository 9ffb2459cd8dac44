import { createCipheriv, createHash } from 'node:crypto'

const MEBIBYTE = new Uint8Array(1_048_576)

/** So many MiB that the seed alone decides: both ends can make them, and no two are alike. */
export function* pseudoRandomMebibytes(seed: string, count: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  for (let index = 0; index < count; index += 1) yield cipher.update(MEBIBYTE)
}

/** SHA-256 of what {@link pseudoRandomMebibytes} yields. */
export function hashOfPseudoRandom(seed: string, count: number): string {
  const hash = createHash('sha256')
  for (const mebibyte of pseudoRandomMebibytes(seed, count)) hash.update(mebibyte)
  return hash.digest('hex')
}
