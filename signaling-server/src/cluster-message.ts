import {
  type ClientToServer,
  concat,
  decodeStructure,
  encodeSignalingMessage,
  encodeStructure,
  FootbridgeError,
  MAX_FAULTY_BRIDGES,
  MAX_SIGNALING_MESSAGE_BYTES,
  parseClientToServer,
  parseServerToClient,
  type ServerToClient,
  type SignalingMessage,
  type Structure,
  type UnknownMessage,
} from '@footbridge/shared'
import type { Rooms } from './cluster-instances.ts'
import type { PeerOrigin } from './peer-origin.ts'
import type { Room } from './pool.ts'

/** What instances tell each other. `client` is the number that a client's own instance has given it. */
export type ClusterMessage =
  | AnnounceMessage
  /** To all: this instance shuts down. */
  | { readonly type: 'leaving' }
  | AskMessage
  /** What a client says of an offer that was passed on. */
  | { readonly type: 'more'; readonly client: number; readonly message: ClientToServer | UnknownMessage }
  /** A client with an offer that was passed on is gone. */
  | { readonly type: 'gone'; readonly client: number }
  /** The answer to `ask` and all that follows it, for the client. */
  | { readonly type: 'tell'; readonly client: number; readonly message: ServerToClient | UnknownMessage }
  /** A client says that these bridges are faulty. */
  | { readonly type: 'report'; readonly faulty: readonly string[] }
  /** To all: what counts against limits that hold for all instances together; see `parseCounts`. */
  | { readonly type: 'counts'; readonly text: string }

/** To all, twice a second: this instance is here. */
export interface AnnounceMessage {
  readonly type: 'announce'
  /** Its public origin. */
  readonly url: string
  /** Of at most `MAX_ROOMS` pools. */
  readonly rooms: Rooms
  /** More pools than one message holds: these come on top of those before. */
  readonly continued?: true
}

/** A client's offer, for a bridge of the receiver. */
export interface AskMessage {
  readonly type: 'ask'
  readonly client: number
  readonly trickle: boolean
  readonly origin: PeerOrigin
  readonly message: ClientToServer | UnknownMessage
}

/** Pools in one message. */
export const MAX_ROOMS = 64
const MAX_TYPE_CHARS = 16
const MAX_NAME_CHARS = 64
const MAX_URL_CHARS = 300
const MAX_ROOM_CHARS = 100
const MAX_COUNTS_CHARS = 40_000
const MAX_COUNTRY_CHARS = 2
const LENGTH_BYTES = 2
/** The fields beside a client's message. */
const MAX_FIELDS_BYTES = 49_152
const MAX_MESSAGE_BYTES = LENGTH_BYTES + MAX_FIELDS_BYTES + MAX_SIGNALING_MESSAGE_BYTES

/** `length u16 · msgpack map of that length · what the client or the server says, if anything`. */
export function encodeClusterMessage(message: ClusterMessage): Uint8Array {
  const { message: carried, origin, rooms, ...rest } = message as AnyFields
  const fields = encodeStructure({ ...rest, ...origin, ...(rooms && textsOf(rooms)) })
  const length = Uint8Array.of(fields.length >> 8, fields.length & 0xff)
  return concat(length, fields, carried ? encodeSignalingMessage(carried as SignalingMessage) : NOTHING)
}

type AnyFields = Partial<Omit<AskMessage, 'type'> & Omit<AnnounceMessage, 'type'>>

const NOTHING = new Uint8Array()

/** Throws `too-large` or `malformed`. `undefined` for a message of a later version. */
export function parseClusterMessage(bytes: Uint8Array): ClusterMessage | undefined {
  if (bytes.length > MAX_MESSAGE_BYTES)
    throw new FootbridgeError('too-large', 'a cluster message is too long')
  const [high, low] = bytes
  if (high === undefined || low === undefined)
    throw new FootbridgeError('malformed', 'a cluster message has no length')
  const end = LENGTH_BYTES + ((high << 8) | low)
  const fields = decodeStructure(bytes.subarray(LENGTH_BYTES, end), 'a cluster message', MAX_FIELDS_BYTES)
  const carried = bytes.subarray(end)
  const type = fields.text('type', MAX_TYPE_CHARS)
  switch (type) {
    case 'announce':
      return {
        type,
        url: urlOf(fields),
        rooms: roomsOf(fields),
        ...(fields.has('continued') && { continued: true }),
      }
    case 'leaving':
      return { type }
    case 'ask':
      return {
        type,
        client: fields.integer('client'),
        trickle: fields.flag('trickle'),
        origin: originOf(fields),
        message: parseClientToServer(carried),
      }
    case 'more':
      return { type, client: fields.integer('client'), message: parseClientToServer(carried) }
    case 'gone':
      return { type, client: fields.integer('client') }
    case 'tell':
      return { type, client: fields.integer('client'), message: parseServerToClient(carried) }
    case 'report':
      return { type, faulty: fields.texts('faulty', MAX_FAULTY_BRIDGES, MAX_NAME_CHARS) }
    case 'counts':
      return { type, text: fields.text('text', MAX_COUNTS_CHARS) }
    default:
      return undefined
  }
}

function urlOf(fields: Structure): string {
  const text = fields.text('url', MAX_URL_CHARS)
  if (/^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text) return text
  throw new FootbridgeError('malformed', 'a cluster message has no valid "url"')
}

// The ids of private pools are anything at all, so the public one stands apart from them by its length.
const PUBLIC = ''
const PRIVATE = '#'
const ROOM = /^(\d{1,9}) (\d{1,9}) (\d{1,9}) (\d{1,9}) (\d{1,9})$/

function textsOf(rooms: Rooms): { pools: string[]; rooms: string[] } {
  return {
    pools: [...rooms.keys()].map((pool) => (pool === undefined ? PUBLIC : PRIVATE + pool)),
    rooms: [...rooms.values()].map(({ free: { open, restricted, strict, unknown }, places }) =>
      [open, restricted, strict, unknown, places].join(' '),
    ),
  }
}

function roomsOf(fields: Structure): Rooms {
  const pools = fields.texts('pools', MAX_ROOMS, PRIVATE.length + MAX_NAME_CHARS)
  const texts = fields.texts('rooms', MAX_ROOMS, MAX_ROOM_CHARS)
  return new Map(
    pools.map((pool, at) => [pool === PUBLIC ? undefined : pool.slice(PRIVATE.length), roomOf(texts[at])]),
  )
}

function roomOf(text = ''): Room {
  const numbers = ROOM.exec(text)
  if (!numbers) throw new FootbridgeError('malformed', 'a cluster message has no valid "rooms"')
  const [open = 0, restricted = 0, strict = 0, unknown = 0, places = 0] = numbers.slice(1).map(Number)
  return { free: { open, restricted, strict, unknown }, places }
}

function originOf(fields: Structure): PeerOrigin {
  return {
    address: fields.text('address', MAX_NAME_CHARS),
    subnet: fields.text('subnet', MAX_NAME_CHARS),
    ...(fields.has('isLocal') && fields.flag('isLocal') && { isLocal: true }),
    ...(fields.has('country') && { country: fields.text('country', MAX_COUNTRY_CHARS) }),
    ...(fields.has('network') && { network: fields.integer('network') }),
  }
}
