import { encodeText, type Primitives } from '@footbridge/shared'

/**
 * The one of several instances that takes what reached all of them: whoever knows the same ones comes to the same choice,
 * and each has its share. Highest random weight hashing (Thaler and Ravishankar, 1998).
 */
export function holderOfShare(
  ids: Iterable<string>,
  name: string,
  { sha256 }: Primitives,
): string | undefined {
  let chosen: string | undefined
  let highest = -1n
  for (const id of ids) {
    const digest = sha256(encodeText(`${id} ${name}`))
    const weight = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0)
    if (weight > highest) [chosen, highest] = [id, weight]
  }
  return chosen
}
