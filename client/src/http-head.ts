import type { IncomingMessage } from 'node:http'
import { checkTarget, FootbridgeError, type Target } from '@footbridge/shared'

/** What stands for one connection and not for the message (RFC 9110, section 7.6.1), with what proxies are told. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

const AUTHORITY = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<name>[^:@[\]]+))(?::(?<port>\d{1,5}))?$/
const ABSOLUTE_FORM = /^http:\/\/(?<authority>[^/?#]*)(?<rest>[^#]*)$/i

const NOT_ABSOLUTE =
  'it takes URLs that start with http:// (https:// goes through CONNECT). Set it as the proxy of an app instead of opening it'

/** Where a request in absolute form leads. */
interface RequestTarget {
  readonly target: Target
  /** As the app wrote it, for the Host field. */
  readonly authority: string
  /** Path and query as the app wrote them. */
  readonly path: string
}

/** Reads `HOST:PORT`. Throws `malformed` or `too-large`; a missing port is `malformed` without a default. */
export function parseAuthority(text: string, defaultPort?: number): Target {
  const parts = AUTHORITY.exec(text)?.groups
  if (parts === undefined) throw new FootbridgeError('malformed', 'a tunnel leads to HOST:PORT')
  const port = parts.port === undefined ? defaultPort : Number(parts.port)
  return checkTarget({ host: parts.ipv6 ?? parts.name ?? '', port: port ?? 0 })
}

/** Reads `http://HOST[:PORT]/PATH`. Throws `malformed` or `too-large`. */
export function parseAbsoluteForm(text: string): RequestTarget {
  const parts = ABSOLUTE_FORM.exec(text)?.groups
  if (parts === undefined) throw new FootbridgeError('malformed', NOT_ABSOLUTE)
  const { authority = '', rest = '' } = parts
  const path = rest.startsWith('/') ? rest : `/${rest}`
  return { target: parseAuthority(authority, 80), authority, path }
}

/** The header fields that go on to the other side: names and values in turn, spelt and repeated as they came. */
export function endToEndHeaders(message: IncomingMessage): string[] {
  const named = new Set((message.headers.connection ?? '').toLowerCase().split(/[\s,]+/))
  const kept: string[] = []
  for (const [name, value] of pairs(message.rawHeaders)) {
    const key = name.toLowerCase()
    if (!HOP_BY_HOP.has(key) && !named.has(key)) kept.push(name, value)
  }
  return kept
}

/** The header fields of a request to its origin; `upgrade` asks the origin to switch protocols as the app asked. */
export function requestHeaders(request: IncomingMessage, authority: string, upgrade: boolean): string[] {
  const headers = ['Host', authority]
  for (const [name, value] of pairs(endToEndHeaders(request))) {
    if (name.toLowerCase() !== 'host') headers.push(name, value)
  }
  // Node has taken the chunks apart and puts them together again.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  if (upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? '')
  return headers
}

/** The head of a response as bytes to write, every field kept. */
export function encodeResponseHead(response: IncomingMessage): Buffer {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`]
  for (const [name, value] of pairs(response.rawHeaders)) lines.push(`${name}: ${value}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Names and values in turn, as Node keeps what it read, two by two. */
export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as [string, string]] : []))
}
