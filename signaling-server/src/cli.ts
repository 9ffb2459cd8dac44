#!/usr/bin/env -S node --v8-pool-size=1
// One thread to help V8 collect garbage, not four: on a small machine they would take the cores from those who wait.
import { once } from 'node:events'
import { FootbridgeError } from '@footbridge/shared'
import { parseListenAddress, reportReady, runCommand } from '@footbridge/shared/node'
import { CENSORED_COUNTRIES, parseCountries } from './censored-countries.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { parseMiddlemen } from './middlemen-options.ts'
import { startSignalingServer } from './signaling-server.ts'
import { stunListenAddress } from './stun-listen.ts'
import { readTurnOptions } from './turn-secret.ts'

await runCommand({
  name: 'footbridge-signaling',
  description: 'Pairs Footbridge clients with bridges, and serves the volunteer page and the widget.',
  options: {
    listen: {
      type: 'string',
      default: '127.0.0.1:8080',
      description: 'Address to listen on, HOST:PORT',
    },
    'public-url': {
      type: 'string',
      description: 'Origin under which clients and bridges reach this server (default: where it listens)',
    },
    state: {
      type: 'string',
      default: '.footbridge/signaling',
      description:
        'Folder of the ticket key, made there at the first start, and of the status of the past weeks',
    },
    egress: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'File with the descriptor of an egress, or its URL (repeatable)',
    },
    stun: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'Further STUN server for clients and bridges, HOST:PORT (repeatable)',
    },
    'stun-listen': {
      type: 'string',
      description:
        'Address to answer STUN on by UDP, HOST:PORT, with the next port as well; "off" for none (default: as --listen, unless a proxy stands before it)',
    },
    turn: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'TURN server for pairs that find no direct way, such as turn:turn.example:3478?transport=udp (repeatable)',
    },
    'turn-secret': {
      type: 'string',
      description: 'File with the secret shared with the TURN servers (coturn: static-auth-secret)',
    },
    standing: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'Standing bridge, for clients whose network lets no UDP through, such as https://bridge.example (repeatable)',
    },
    front: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'Something that passes POST requests on to this server: its URL and, after a space, the Host to ask it for (repeatable)',
    },
    cache: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'The same for a cache, which passes GET requests on (repeatable)',
    },
    nostr: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'Nostr relay to listen for sealed offers at, wss://HOST (repeatable)',
    },
    mqtt: {
      type: 'string',
      array: true,
      default: [] as string[],
      description: 'MQTT broker to listen for sealed offers at, mqtts://HOST (repeatable)',
    },
    redis: {
      type: 'string',
      description:
        'Redis over which several signaling servers serve one network, redis[s]://NAME:PASSWORD@HOST:PORT',
    },
    geo: {
      type: 'string',
      array: true,
      default: [] as string[],
      description:
        'MaxMind-format file (.mmdb) of countries or networks (repeatable); one of countries is built in',
    },
    censored: {
      type: 'string',
      array: true,
      default: [CENSORED_COUNTRIES.join()],
      description:
        'Countries whose volunteers are not taken, for helping may do them harm: two letters each, comma between (repeatable; "" for none)',
    },
    'metrics-token': {
      type: 'string',
      description:
        'What whoever reads /metrics must send as a bearer token (default: only this machine reads)',
    },
    'trust-proxy': {
      type: 'number',
      default: 0,
      description: 'Proxies in front of this server, whose word on where a request comes from is taken',
    },
    'offers-per-address': {
      type: 'number',
      default: DEFAULT_LIMITS.offersPerMinute,
      description: 'Offers that the clients at one address may make in a minute',
    },
    'bridges-per-address': {
      type: 'number',
      default: DEFAULT_LIMITS.maxBridgesPerAddress,
      description: 'Bridges that may wait at one address',
    },
    'bridges-shown': {
      type: 'number',
      default: DEFAULT_LIMITS.bridgesShownPerHour,
      description: 'Bridges that the clients of one /24 (IPv6: /56) are shown in an hour',
    },
    'work-from': {
      type: 'number',
      default: DEFAULT_LIMITS.workFromOffersPerSecond,
      description: 'Offers per second from which on each needs a proof of work; 0: always',
    },
    'allow-private-candidates': {
      type: 'boolean',
      default: false,
      description:
        'Keep private addresses in what clients and bridges tell each other: for one machine or a LAN',
    },
  },
  async run(options, { signal, log }) {
    const listen = parseListenAddress(options.listen)
    const server = await startSignalingServer({
      listen,
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      stateDirectory: options.state,
      egresses: options.egress,
      stun: options.stun.map((address) => `stun:${address}`),
      ...(options.redis !== undefined && { redis: options.redis }),
      stunListen: stunListenAddress(options.stunListen, listen, options.publicUrl),
      turn: await readTurnOptions(options.turn, options.turnSecret),
      middlemen: parseMiddlemen(options),
      standing: options.standing,
      geo: options.geo,
      censored: parseCountries(options.censored),
      ...(options.metricsToken !== undefined && { metricsToken: options.metricsToken }),
      allowPrivateCandidates: options.allowPrivateCandidates,
      trustedProxies: parseProxyCount(options.trustProxy),
      limits: {
        offersPerMinute: parseLimit('--offers-per-address', options.offersPerAddress),
        maxBridgesPerAddress: parseLimit('--bridges-per-address', options.bridgesPerAddress),
        bridgesShownPerHour: parseLimit('--bridges-shown', options.bridgesShown),
        workFromOffersPerSecond: parseLimit('--work-from', options.workFrom, 0),
      },
      log,
    })
    console.log(`signaling and volunteer page: ${server.url}`)
    reportReady(server.url)
    if (!signal.aborted) await once(signal, 'abort')
    await server.close()
  },
})

function parseProxyCount(count: number): number {
  if (Number.isInteger(count) && count >= 0) return count
  throw new FootbridgeError('usage', '--trust-proxy takes the number of proxies in front, such as 1')
}

function parseLimit(option: string, limit: number, least = 1): number {
  if (Number.isInteger(limit) && limit >= least) return limit
  throw new FootbridgeError('usage', `${option} takes a whole number from ${least} on`)
}
