import { expect, it } from 'vitest'
import { stunListenAddress, stunUrls } from './stun-listen.ts'

const LOOPBACK = { host: '127.0.0.1', port: 8080 }
const EVERYWHERE = { host: '0.0.0.0', port: 8080 }

it.each([
  ['beside the signaling server', undefined, EVERYWHERE, 'https://signaling.example', EVERYWHERE],
  ['beside the signaling server of one machine', undefined, LOOPBACK, undefined, LOOPBACK],
  ['there too if it says so itself', undefined, LOOPBACK, 'http://localhost:8080', LOOPBACK],
  [
    'nowhere behind a proxy, which passes no UDP on',
    undefined,
    LOOPBACK,
    'https://signaling.example',
    undefined,
  ],
  [
    'where it is told',
    '0.0.0.0:3478',
    LOOPBACK,
    'https://signaling.example',
    { host: '0.0.0.0', port: 3478 },
  ],
  ['nowhere if told so', 'off', EVERYWHERE, 'https://signaling.example', undefined],
])('STUN is answered %s', (_where, given, listen, publicUrl, address) => {
  expect(stunListenAddress(given, listen, publicUrl)).toEqual(address)
})

it('is to be found at the public host', () => {
  expect(stunUrls('https://signaling.example', [3478, 3479])).toEqual([
    'stun:signaling.example:3478',
    'stun:signaling.example:3479',
  ])
  expect(stunUrls('http://[::1]:8080', [3478])).toEqual(['stun:[::1]:3478'])
  expect(stunUrls('http://127.0.0.1:8080')).toEqual([])
})
