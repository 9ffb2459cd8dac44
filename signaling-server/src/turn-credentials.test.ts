import { createHmac } from 'node:crypto'
import { systemClock } from '@footbridge/shared'
import { expect, it } from 'vitest'
import { checkTurn, turnIssuer } from './turn-credentials.ts'

const SECRET = 'north'
const urls = [
  'turn:turn.example:3478?transport=udp',
  'turns:turn.example?transport=tcp',
  'turn:[2620:fe::9]:3478',
]

it('what opens a relay is good for ten minutes, new each time, and signed as TURN servers check it', () => {
  const issue = turnIssuer({ urls, secret: SECRET }, { ...systemClock, wallNow: () => 1_000_999 })
  const [one, other] = [issue(), issue()]
  expect(one.urls).toEqual(urls)
  expect(one.username).toMatch(/^1600:[\w-]{12}$/)
  expect(other.username).not.toBe(one.username)
  expect(one.credential).toBe(createHmac('sha1', SECRET).update(one.username).digest('base64'))
})

it('servers and secrets that can be are taken as they are', () => {
  expect(checkTurn({ urls, secret: SECRET })).toEqual({ urls, secret: SECRET })
})

it.each([
  ['another scheme', ['stun:turn.example:3478']],
  ['a path', ['turn:turn.example:3478/x']],
  ['another transport', ['turn:turn.example:3478?transport=sctp']],
  ['a name and password', ['turn:user:password@turn.example']],
  ['a port that is none', ['turn:turn.example:65536']],
  ['more than a peer takes', Array(9).fill('turn:turn.example')],
])('servers with %s are refused', (_with, urls) => {
  expect(() => checkTurn({ urls, secret: SECRET })).toThrow(expect.objectContaining({ code: 'usage' }))
})
