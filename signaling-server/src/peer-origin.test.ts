import type { IncomingMessage } from 'node:http'
import { nodePrimitives } from '@footbridge/shared/node'
import { expect, test } from 'vitest'
import { originReader, type PeerOrigin } from './peer-origin.ts'

function originOf(remoteAddress: string | undefined, forwarded?: string, trustedProxies = 0): PeerOrigin {
  const read = originReader({
    trustedProxies,
    key: new Uint8Array(32).fill(7),
    primitives: nodePrimitives,
    locate: (address) => (address.startsWith('9.') ? { country: 'CH', network: 19_281 } : {}),
  })
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return read({
    headers,
    socket: { remoteAddress },
    connection: { remoteAddress },
  } as unknown as IncomingMessage)
}

test('one address has one name, which does not tell it', () => {
  const origin = originOf('9.9.9.9')
  expect(originOf('9.9.9.9')).toEqual(origin)
  expect(originOf('::ffff:9.9.9.9')).toEqual(origin)
  expect(JSON.stringify(origin)).not.toContain('9.9.9')
})

test('IPv4 addresses are told apart, and share the subnet of their /24', () => {
  const [one, neighbour, stranger] = ['9.9.9.9', '9.9.9.10', '9.9.8.9'].map((address) => originOf(address))
  expect(one?.address).not.toBe(neighbour?.address)
  expect(one?.subnet).toBe(neighbour?.subnet)
  expect(one?.subnet).not.toBe(stranger?.subnet)
})

test('IPv6 addresses of one /56 are one, those of the next are not', () => {
  expect(originOf('2620:fe:0:100::1')).toEqual(originOf('2620:fe:0:1ff:9::9'))
  expect(originOf('2620:fe:0:100::1').address).not.toBe(originOf('2620:fe:0:200::1').address)
})

test('a forwarded address counts as far as proxies are trusted, and no further', () => {
  expect(originOf('127.0.0.1', '9.9.9.9')).toEqual(originOf('127.0.0.1'))
  expect(originOf('127.0.0.1', '8.8.8.8, 9.9.9.9', 1)).toEqual(originOf('9.9.9.9'))
  expect(originOf('127.0.0.1', '8.8.8.8, 9.9.9.9', 2)).toEqual(originOf('8.8.8.8'))
})

test('loopback is this machine, unless a proxy is in front', () => {
  for (const local of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    expect(originOf(local).isLocal).toBe(true)
    expect(originOf(local, undefined, 1)).not.toHaveProperty('isLocal')
    expect(originOf('9.9.9.9', local, 1)).not.toHaveProperty('isLocal')
  }
  expect(originOf('9.9.9.9')).not.toHaveProperty('isLocal')
})

test('a proxy on this machine that is not trusted is noticed, once', () => {
  let noticed = 0
  const read = originReader({
    trustedProxies: 0,
    key: new Uint8Array(32),
    primitives: nodePrimitives,
    locate: () => ({}),
    onUntrustedProxy: () => {
      noticed += 1
    },
  })
  const arrive = (remoteAddress: string, headers: IncomingMessage['headers']): unknown =>
    read({ headers, socket: { remoteAddress } as IncomingMessage['socket'] })
  arrive('127.0.0.1', {})
  arrive('9.9.9.9', { 'x-forwarded-for': '8.8.8.8' })
  expect(noticed).toBe(0)
  arrive('127.0.0.1', { 'x-forwarded-for': '8.8.8.8' })
  arrive('127.0.0.1', { 'x-forwarded-for': '8.8.8.8' })
  expect(noticed).toBe(1)
})

test('what is no address is one peer', () => {
  expect(originOf('127.0.0.1', 'a host', 1)).toEqual({ address: '', subnet: '' })
  expect(originOf(undefined)).toEqual({ address: '', subnet: '' })
})

test('country and network are kept where they are known', () => {
  expect(originOf('9.9.9.9')).toMatchObject({ country: 'CH', network: 19_281 })
  expect(originOf('127.0.0.1')).not.toHaveProperty('country')
})
