import { encodeText } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import { ClusterSeal, INSTANCE_ID_CHARS, newInstanceId } from './cluster-seal.ts'

const SECRET = new Uint8Array(32).fill(1)
const MESSAGE = encodeText('a=candidate:1 1 udp 1 9.9.9.9 1 typ host')

function seal(secret = SECRET): ClusterSeal {
  return new ClusterSeal(newInstanceId(nodePrimitives), secret, nodePrimitives)
}

describe('ClusterSeal', () => {
  it('opens what another one with the same secret has sealed, and tells whose it is', () => {
    const id = newInstanceId(nodePrimitives)
    const writer = new ClusterSeal(id, SECRET, nodePrimitives)
    for (const number of [1, 2]) {
      const opened = seal().open('all', writer.seal('all', MESSAGE))
      expect(opened).toMatchObject({ from: id, number })
      expect(Buffer.from(opened?.message ?? [])).toEqual(Buffer.from(MESSAGE))
    }
    expect(id).toHaveLength(INSTANCE_ID_CHARS)
  })

  it('opens nothing of another channel, under another secret, altered or cut short', () => {
    const sealed = seal().seal('all', MESSAGE)
    expect(seal().open('elsewhere', sealed)).toBeUndefined()
    expect(seal(new Uint8Array(32).fill(2)).open('all', sealed)).toBeUndefined()
    for (const at of sealed.keys()) {
      const altered = Buffer.from(sealed)
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
      expect(seal().open('all', altered)).toBeUndefined()
      expect(seal().open('all', sealed.subarray(0, at))).toBeUndefined()
    }
  })
})
