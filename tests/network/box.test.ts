import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isPublicAddress } from '@footbridge/shared'
import { afterEach, describe, expect, it } from 'vitest'
import { Box } from './box.ts'
import { Namespace } from './namespace.ts'
import { UdpEndpoint } from './udp-endpoint.test.helper.ts'

const unavailable = await Box.unavailable()

describe.skipIf(unavailable)(`a network in a box${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box | undefined

  afterEach(() => box?.close())

  async function openBox(): Promise<Box> {
    box = await Box.create()
    return box
  }

  it('gives hosts addresses that count as public, and those behind a NAT private ones', async () => {
    box = await openBox()
    const open = await box.addHost('open')
    const hidden = await box.addHost('hidden', { nat: 'port-restricted' })
    expect([open.publicAddress, hidden.publicAddress].map(isPublicAddress)).toEqual([true, true])
    expect(open.address).toBe(open.publicAddress)
    expect(isPublicAddress(hidden.address)).toBe(false)
    const script = 'console.log(Object.values(os.networkInterfaces()).flat().map((i) => i.address).join())'
    const addresses = await hidden.execute(process.execPath, ['-e', script])
    expect(addresses.toString()).toBe(`127.0.0.1,${hidden.address}\n`)
  })

  it('lets nothing out to the network of the machine', async () => {
    const host = await (await openBox()).addHost('inside')
    const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
    for (const { address } of outside.filter(({ family, internal }) => family === 'IPv4' && !internal)) {
      const script = `net.connect(9, '${address}').on('error', (error) => console.log(error.code))`
      const code = await host.execute(process.execPath, ['-e', script])
      expect(code.toString()).toMatch(/^E(?:NET|HOST)UNREACH\n$/)
    }
  })

  it('drops everything from and to a host that is cut off, until it is restored', async () => {
    box = await openBox()
    const [near, far] = [await box.addHost('near'), await box.addHost('far')]
    const [endpoint, echo] = await Promise.all([UdpEndpoint.open(near), UdpEndpoint.open(far, 'echo')])
    for (const host of [near, far]) {
      await host.cut()
      expect(await endpoint.probe(echo, { count: 2, waitMs: 100 })).toEqual([null, null])
      await host.restore()
      expect(await endpoint.probe(echo, { count: 2 })).not.toContain(null)
    }
  })

  it('stops the programs of a frozen host where they are, until it is thawed', async () => {
    box = await openBox()
    const [near, far] = [await box.addHost('near'), await box.addHost('far')]
    const [endpoint, echo] = await Promise.all([UdpEndpoint.open(near), UdpEndpoint.open(far, 'echo')])
    await far.freeze()
    expect(await endpoint.probe(echo, { count: 2, waitMs: 100 })).toEqual([null, null])
    await far.thaw()
    expect(await endpoint.probe(echo, { count: 2 })).not.toContain(null)
  })

  it('passes on the lines that a program prints, and says why it ended', async () => {
    const host = await (await openBox()).addHost('host')
    const program = host.run('sh', ['-c', 'echo one; echo two; echo broken >&2; exit 1'])
    const lines: string[] = []
    program.on('line', (line) => lines.push(line))
    await expect(program.nextMessage()).rejects.toThrow('broken')
    expect(lines).toEqual(['one', 'two'])
    await expect(host.execute('sh', ['-c', 'echo broken >&2; exit 1'])).rejects.toThrow('broken')
  })

  it('kills a frozen host’s programs, and those that they started', async () => {
    const host = await (await openBox()).addHost('host')
    const program = host.run('sh', ['-c', 'sleep 1000 & echo $!; wait'])
    const [pid] = await once(program, 'line')
    await host.freeze()
    await host.kill()
    expect(program.running).toBe(false)
    expect(await isRunning(pid)).toBe(false)
  })

  it('leaves nothing behind when it is closed', async () => {
    box = await openBox()
    const host = await box.addHost('host', { nat: 'symmetric', link: { delayMs: 1 } })
    const program = host.run('sleep', ['1000'])
    await box.close()
    expect(program.running).toBe(false)
    expect(await ownedBy(process.pid)).toEqual([])
    expect(existsSync(box.folder)).toBe(false)
    expect(Object.keys(networkInterfaces()).filter((name) => name.startsWith('to-'))).toEqual([])
  })

  it('clears away what a process that crashed has left', async () => {
    const fixture = fileURLToPath(new URL('abandoned-box.test.fixture.ts', import.meta.url))
    const folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
    const owner = fork(fixture, {
      execArgv: ['--conditions=@footbridge/source', '--import', 'tsx'],
      env: { ...process.env, TMPDIR: folder },
    })
    const [sleeper] = await once(owner, 'message')
    const exited = once(owner, 'exit')
    owner.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true })
    expect(await ownedBy(Number(owner.pid))).not.toEqual([])
    await openBox()
    expect(await ownedBy(Number(owner.pid))).toEqual([])
    expect(await isRunning(String(sleeper))).toBe(false)
  })
})

async function ownedBy(pid: number): Promise<string[]> {
  return (await Namespace.list()).filter((name) => name.startsWith(`footbridge-${pid}-`))
}

/** False for a process that has ended too, though nobody has asked for its status yet. */
async function isRunning(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: gone')
  return !/^State:\s+(?:Z|gone)/m.test(status)
}
