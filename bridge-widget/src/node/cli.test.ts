import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  encodeBase64Url,
  formatNetworkLink,
  type NetworkDescriptor,
  parseInvitation,
} from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { drawInvitation } from './draw-invitation.ts'
import { OwnPool } from './own-pool.ts'

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url))
/** Several programs start here, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['http://127.0.0.1:1'],
  egresses: [{ id: 'e', url: 'http://127.0.0.1:1', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
}
const LINK = formatNetworkLink(NETWORK)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-bridge-'))
})
afterEach(() => rm(folder, { recursive: true }))

function run(
  ...args: string[]
): Promise<{ readonly status: unknown; readonly out: string; readonly err: string }> {
  const node = ['--conditions=@footbridge/source', '--import', 'tsx', CLI, '--state', join(folder, 'state')]
  return new Promise((resolve) => {
    execFile(process.execPath, [...node, ...args], (error, out, err) =>
      resolve({ status: error === null ? 0 : error.code, out, err }),
    )
  })
}

describe('footbridge-bridge', () => {
  it(
    'invites with one link until it is revoked',
    async () => {
      const path = join(folder, 'network.json')
      await writeFile(path, JSON.stringify(NETWORK))
      const first = await run('invite', '--network', path)
      expect(first).toMatchObject({ status: 0, err: '' })
      const secret = await new OwnPool(join(folder, 'state')).secret()
      expect(secret).toBeDefined()
      expect(parseInvitation(first.out.trimEnd())).toEqual({
        network: LINK,
        secret: secret && Uint8Array.from(secret),
      })
      expect((await run('invite', '--network', LINK)).out).toBe(first.out)
      expect((await run('revoke')).out).toContain('no longer')
      expect((await run('revoke')).out).toBe('Nobody was invited.\n')
    },
    TIMEOUT_MS,
  )

  it(
    'says what is wrong with a pool, and not what its secret is',
    async () => {
      const secret = encodeBase64Url(new Uint8Array(32).fill(7))
      for (const pool of [secret.slice(1), `${LINK}#${secret.slice(1)}`, LINK]) {
        const { status, err } = await run('--pool', pool)
        expect(status).toBe(2)
        expect(err).toMatch(/^footbridge-bridge: --pool takes .*\n$/)
        expect(err).not.toContain(secret.slice(1))
      }
    },
    TIMEOUT_MS,
  )

  it(
    'wants somebody to help, and a network',
    async () => {
      expect(await run('--network', LINK, '--no-public')).toMatchObject({
        status: 2,
        err: expect.stringMatching(/^footbridge-bridge: --no-public needs .*\n$/),
      })
      expect(await run('--network', LINK, '--quota', '50GB')).toMatchObject({
        status: 2,
        err: expect.stringMatching(/^footbridge-bridge: --quota is .*50GB\/month.*\n$/),
      })
      expect(await run('--pool', encodeBase64Url(new Uint8Array(32)))).toMatchObject({
        status: 2,
        err: expect.stringMatching(/^footbridge-bridge: --network is missing.*\n$/),
      })
    },
    TIMEOUT_MS,
  )
})

describe('an invitation drawn for a terminal', () => {
  it('fits its columns, or is left out', () => {
    const wide = drawInvitation(LINK, 1_000)?.split('\n') ?? []
    const { length } = wide[0] ?? ''
    expect(length).toBeGreaterThan(40)
    // Two rows of the code to a line.
    expect(wide.length).toBe(Math.ceil(length / 2))
    expect(drawInvitation(LINK, length)).toBeDefined()
    expect(drawInvitation(LINK, length - 1)).toBeUndefined()
    expect(drawInvitation('x'.repeat(3_000), 1_000)).toBeUndefined()
  })
})
