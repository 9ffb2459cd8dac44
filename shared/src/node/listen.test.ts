import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { isFootbridgeError } from '../errors.ts'
import { formatListenAddress, listen, parseListenAddress } from './listen.ts'

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':8080', { host: '', port: 8080 }],
  ])('reads %s and writes it again', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address)
    expect(formatListenAddress(address)).toBe(text)
  })

  it.each(['', '8080', 'host', 'host:', '::1:80', '[::1]', ':65536', ':-1', 'a b:1', `${'a'.repeat(400)}:1`])(
    'refuses %j',
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )

  it('reads any text or refuses it with a typed error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[\]:.0-9a-f]{0,20}$/)), (text) => {
        try {
          expect(formatListenAddress(parseListenAddress(text)).split(':').length).toBe(text.split(':').length)
        } catch (error) {
          expect(isFootbridgeError(error, 'usage')).toBe(true)
        }
      }),
    )
  })
})

describe('listen', () => {
  const server = createServer()
  const second = createServer()
  afterEach(() => {
    server.close()
    second.close()
  })

  it('tells the port that was free, and refuses one that is not', async () => {
    const address = await listen(server, { host: '127.0.0.1', port: 0 })
    expect(address).toEqual({ host: '127.0.0.1', port: expect.any(Number) })
    await expect(listen(second, address)).rejects.toMatchObject({
      code: 'unavailable',
      message: `port ${address.port} is in use: stop the program that has it, or choose another port`,
    })
  })

  it('refuses an address of another machine without naming it', async () => {
    const refused = listen(server, { host: '192.0.2.1', port: 0 })
    await expect(refused).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('192'),
    })
  })

  it('listens on every interface when no host is given', async () => {
    const { port } = await listen(server, { host: '', port: 0 })
    expect(port).toBeGreaterThan(0)
  })
})
