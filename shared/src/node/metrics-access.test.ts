import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { metricsAccess } from './metrics-access.ts'

const TOKEN = 'a-token-of-some-length'

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}

test('without a token only this machine reads, and not on behalf of others', () => {
  const mayRead = metricsAccess(undefined)
  expect(mayRead(request('127.0.0.1'))).toBe(true)
  expect(mayRead(request('::ffff:127.0.0.1'))).toBe(true)
  expect(mayRead(request('::1'))).toBe(true)
  expect(mayRead(request('9.9.9.9'))).toBe(false)
  expect(mayRead(request('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }))).toBe(false)
  expect(mayRead(request('127.0.0.1', { forwarded: 'for=9.9.9.9' }))).toBe(false)
})

test('with a token everybody reads who knows it, and nobody else', () => {
  const mayRead = metricsAccess(TOKEN)
  expect(mayRead(request('9.9.9.9', { authorization: `Bearer ${TOKEN}` }))).toBe(true)
  expect(mayRead(request('127.0.0.1'))).toBe(false)
  for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, `Bearer ${TOKEN} x`]) {
    expect(mayRead(request('127.0.0.1', { authorization }))).toBe(false)
  }
})

test('a token that could be guessed is refused', () => {
  expect(() => metricsAccess('short')).toThrow(/16 characters/)
})
