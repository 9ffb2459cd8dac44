import { MAX_CANDIDATE_CHARS, MAX_SDP_CHARS } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { isPublicAddress, parseIpAddress } from './ip-address.ts'

export interface SanitizeOptions {
  /** Keep candidates that only a local network can reach. For one-machine and test networks. */
  readonly allowPrivate: boolean
}

/** Candidates kept of one description; later ones are dropped. So nobody is made to probe a long list of hosts. */
export const MAX_CANDIDATES = 32

const UNKNOWN_ADDRESS = '0.0.0.0'
// RFC 8840: what stands for "no address yet" while candidates trickle.
const DISCARD_PORT = 9

const DATA_CHANNEL_MEDIA = /^application \d{1,5} (?:UDP|TCP)\/DTLS\/SCTP webrtc-datachannel$/
const ORIGIN = /^\S+ (\d{1,20}) (\d{1,20}) IN IP[46] \S+$/
const ATTRIBUTE = /^([a-z-]+)(?::([\x20-\x7e]+))?$/

/** Attributes that a data channel needs (RFC 8829, RFC 8841). Whatever else there is could carry an address. */
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'group',
  'extmap-allow-mixed',
  'msid-semantic',
  'ice-ufrag',
  'ice-pwd',
  'ice-options',
  'ice-lite',
  'fingerprint',
  'tls-id',
  'setup',
  'mid',
  'sendrecv',
  'sctp-port',
  'max-message-size',
  'end-of-candidates',
])
const REQUIRED_ATTRIBUTES = ['ice-ufrag', 'ice-pwd', 'fingerprint', 'setup'] as const

/**
 * The session description `sdp` of one data channel, rebuilt from the lines that a data channel needs, with no
 * address in it but those of its usable candidates (see {@link sanitizeCandidate}).
 * Throws `too-large`, or `malformed` if it describes anything else.
 */
export function sanitizeDescription(sdp: string, options: SanitizeOptions): string {
  checkLength(sdp, MAX_SDP_CHARS)
  const [version, origin, ...rest] = sdp.replace(/\r?\n$/, '').split(/\r?\n/)
  const numbers = ORIGIN.exec(lineValue(origin, 'o'))
  if (version !== 'v=0' || !numbers) throw malformedDescription()

  const lines = [
    'v=0',
    `o=- ${numbers[1]} ${numbers[2]} IN IP4 ${UNKNOWN_ADDRESS}`,
    's=-',
    't=0 0',
    ...sanitizeLines(rest, options),
  ]
  return checkLength(`${lines.join('\r\n')}\r\n`, MAX_SDP_CHARS)
}

function sanitizeLines(lines: readonly string[], options: SanitizeOptions): string[] {
  const kept: string[] = []
  const seen = new Set<string>()
  let candidates = 0
  for (const line of lines) {
    if (line.startsWith('m=')) {
      if (seen.has('m=') || !DATA_CHANNEL_MEDIA.test(line.slice(2))) throw malformedDescription()
      seen.add('m=')
      kept.push(
        `m=application ${DISCARD_PORT} UDP/DTLS/SCTP webrtc-datachannel`,
        `c=IN IP4 ${UNKNOWN_ADDRESS}`,
      )
    } else if (line.startsWith('a=candidate:')) {
      if (candidates === MAX_CANDIDATES) continue
      const candidate = sanitizeCandidate(line.slice(2), options)
      if (!candidate) continue
      candidates += 1
      kept.push(`a=${candidate}`)
    } else if (line.startsWith('a=')) {
      const name = ATTRIBUTE.exec(line.slice(2))?.[1]
      if (!name || !KEPT_ATTRIBUTES.has(name)) continue
      seen.add(name)
      kept.push(line)
    } else if (!/^[a-z]=/.test(line)) {
      throw malformedDescription()
    }
  }
  if (!seen.has('m=') || !REQUIRED_ATTRIBUTES.every((name) => seen.has(name))) throw malformedDescription()
  return kept
}

// RFC 8839 §5.1: foundation, component, transport, priority, address, port, type, then pairs of name and value.
const CANDIDATE =
  /^(?:a=)?candidate:([A-Za-z0-9+/]{1,32}) (\d{1,3}) ([A-Za-z]{1,16}) (\d{1,10}) (\S{1,253}) (\d{1,5}) typ ([a-z]{1,16})((?: \S+ \S+)*)$/
const MDNS_NAME = /^[A-Za-z0-9-]{1,63}\.local$/
const TRANSPORTS: ReadonlySet<string> = new Set(['udp', 'tcp'])
const TYPES: ReadonlySet<string> = new Set(['host', 'srflx', 'prflx', 'relay'])
const KEPT_EXTENSIONS: ReadonlySet<string> = new Set(['tcptype', 'generation', 'ufrag'])

/**
 * The ICE candidate `candidate` (`candidate:…`) without its related address, or `undefined` if it is not to be
 * passed on: it ends the candidates (empty text), is of a kind unknown here, or its address is private, local or
 * special and `allowPrivate` is off. A host name other than mDNS's is never passed on, since whoever receives it
 * would look it up. Throws `too-large` or `malformed`.
 */
export function sanitizeCandidate(candidate: string, options: SanitizeOptions): string | undefined {
  checkLength(candidate, MAX_CANDIDATE_CHARS)
  if (candidate === '') return undefined
  const fields = CANDIDATE.exec(candidate)
  if (!fields) throw new FootbridgeError('malformed', 'an ICE candidate is not written as RFC 8839 wants it')
  const [, foundation, component, transport = '', priority, address = '', port, type = '', extensions = ''] =
    fields
  if (Number(port) > 65_535) throw new FootbridgeError('malformed', 'an ICE candidate has no such port')

  if (!TRANSPORTS.has(transport.toLowerCase()) || !TYPES.has(type)) return undefined
  if (!isUsable(address, options)) return undefined
  const related = type === 'host' ? '' : ` raddr ${UNKNOWN_ADDRESS} rport 0`
  const head = `candidate:${foundation} ${component} ${transport} ${priority} ${address} ${port} typ ${type}`
  return checkLength(head + related + keptExtensions(extensions), MAX_CANDIDATE_CHARS)
}

function isUsable(address: string, { allowPrivate }: SanitizeOptions): boolean {
  if (!allowPrivate) return isPublicAddress(address)
  return parseIpAddress(address) !== undefined || MDNS_NAME.test(address)
}

function keptExtensions(extensions: string): string {
  const words = extensions.split(' ')
  let kept = ''
  // Names and values in turn, after the empty text before the first space.
  for (let at = 1; at < words.length; at += 2) {
    if (KEPT_EXTENSIONS.has(words[at] ?? '')) kept += ` ${words[at]} ${words[at + 1]}`
  }
  return kept
}

function lineValue(line: string | undefined, type: string): string {
  return line?.startsWith(`${type}=`) ? line.slice(2) : ''
}

/** Asked of what is passed on as well, which may be longer than what came: whoever gets it would take it for nonsense. */
function checkLength(text: string, most: number): string {
  if (text.length <= most) return text
  throw new FootbridgeError('too-large', `SDP with more than ${most} characters`)
}

function malformedDescription(): FootbridgeError {
  return new FootbridgeError('malformed', 'a session description is not that of one data channel')
}
