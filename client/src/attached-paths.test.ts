import { type AttachedPath, type Carrier, ClientSession, CloseCode, systemClock } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { expect, it, vi } from 'vitest'
import { AttachedPaths } from './attached-paths.ts'
import type { Met } from './way-in.ts'

const carrier: Carrier = { bufferedAmount: 0, start: () => {}, send: () => {}, close: () => {} }
const met: Met = { type: 'met', carrier, bridgeId: 'bridge', egress: 'one' }

it('keeps no path that a closing session ended at once', () => {
  const session = new ClientSession({
    primitives: nodePrimitives,
    clock: systemClock,
    egressPublicKey: new Uint8Array(32).fill(9),
    closed: () => {},
  })
  session.close()
  const paths = new AttachedPaths(() => {})
  const end = vi.fn()
  paths.attach(session, met, { end })
  expect(end).toHaveBeenCalledExactlyOnceWith(CloseCode.done)
  expect(paths.size).toBe(0)
})

it('tells figures of the paths that are in use, until they end', () => {
  const figures = { roundTripMs: 5, sent: 1, received: 2 }
  const path: AttachedPath = { status: () => figures, close: () => {} }
  let end: (code: CloseCode) => void = () => {}
  const changed = vi.fn()
  const paths = new AttachedPaths(changed)
  const attach = (_: Carrier, listener: { end(code: CloseCode): void }): AttachedPath => {
    end = (code) => listener.end(code)
    return path
  }
  paths.attach({ attach }, met, { end: () => {} })
  expect(paths.status).toEqual([{ bridgeId: 'bridge', ...figures }])
  end(CloseCode.lost)
  expect(paths.status).toEqual([])
  expect(changed).toHaveBeenCalledTimes(2)
})
