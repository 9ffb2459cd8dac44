import {
  MAX_CANDIDATE_CHARS,
  MAX_SDP_CHARS,
  MAX_SIGNALING_MESSAGE_BYTES,
  MAX_TICKET_CHARS,
} from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { NAT_CLASSES, type NatClass } from './nat-class.ts'
import { WORK_CHALLENGE_BYTES, WORK_NONCE_BYTES, type WorkDemand, type WorkProof } from './proof-of-work.ts'
import { decodeStructure, encodeStructure, type Structure } from './structure.ts'
import type { SpokenVersions } from './version.ts'

/*
 * What clients and bridges say to the signaling server and hear from it. Each message is one msgpack map with a
 * `type`. Receivers ignore unknown types and unknown fields, so later versions can add some.
 */

/** Clients that one bridge may ask for. */
export const MAX_BRIDGE_CAPACITY = 1_024
/** Bridges that one offer may name as not wanted. */
export const MAX_AVOIDED_BRIDGES = 32
/** Bridges that one offer may report as faulty. */
export const MAX_FAULTY_BRIDGES = 16
/** Ways to reach the TURN servers of a network. */
export const MAX_TURN_URLS = 8
const MAX_ID_CHARS = 64
const MAX_TURN_CHARS = 300
const MAX_MID_CHARS = 64
const MAX_REASON_CHARS = 64
const MAX_VERSION = 0xffff
const MAX_RETRY_AFTER_MS = 3_600_000
const MAX_BITS = 256

/** Why a socket to the signaling server was closed by the server. */
export const SignalingCloseCode = {
  /** The other side speaks a version that this server does not. */
  mustUpgrade: 4100,
  /** A message was too long, malformed or out of order. */
  badMessage: 4101,
  /** Too many messages, sockets or unread answers. */
  limit: 4102,
  /** A named deadline passed: no `register` in time, or no sign of life. */
  timeout: 4103,
  /** The server is shutting down; try another, or again later. */
  shutdown: 4104,
} as const

export type SignalingCloseCode = (typeof SignalingCloseCode)[keyof typeof SignalingCloseCode]

/** Why a bridge does not take a client. */
export type DeclineReason =
  | 'busy' // no room after all
  | 'leaving' // toggle off, page closing
  | 'egress' // the egress is not in the bridge's descriptor, or does not let it in
  | 'failed' // anything else

/** Why the server does not introduce a client. */
export type OfferRefuseReason =
  | 'no-bridge' // nobody for this client now. Why is not said: who scans for bridges must not learn which cap it ran into
  | 'malformed' // the request made no sense
  | 'version' // no version is spoken by both

/** Why the server does not list a bridge. */
export type RegisterRefuseReason =
  | 'limit' // not now
  | 'version' // no version is spoken by both
  | 'censored-country' // it is where the network helps people, and where those who help are not safe

const DECLINE_REASONS: ReadonlySet<string> = new Set<DeclineReason>(['busy', 'leaving', 'egress', 'failed'])
const OFFER_REFUSE_REASONS: ReadonlySet<string> = new Set<OfferRefuseReason>([
  'no-bridge',
  'malformed',
  'version',
])
const REGISTER_REFUSE_REASONS: ReadonlySet<string> = new Set<RegisterRefuseReason>([
  'limit',
  'version',
  'censored-country',
])
/** ISO 3166-1 alpha-2. */
const COUNTRY = /^[A-Z]{2}$/

/** First message of a bridge: from now on it wants to hear offers, up to `capacity` clients at once. */
export interface RegisterMessage extends SpokenVersions {
  readonly type: 'register'
  readonly capacity: number
  /** Clients it serves already, after a reconnect. */
  readonly load?: number
  /** Absent while it does not know. */
  readonly nat?: NatClass | undefined
  /** The private pool whose clients alone it takes (`poolId`); absent: the public. */
  readonly pool?: string | undefined
}

/**
 * How many clients a bridge has answered and not let go since, one that has several paths over it as often. Sent at
 * each change, and at least once a minute.
 */
export interface LoadMessage {
  readonly type: 'load'
  readonly clients: number
  /** Where it is another one than at the registration or since. May be less than `clients`: nobody is turned away for it. */
  readonly capacity?: number | undefined
  /** Where it may have changed, or was not known before. */
  readonly nat?: NatClass | undefined
}

export interface BridgeAnswerMessage {
  readonly type: 'answer'
  readonly offerId: number
  readonly sdp: string
}

export interface DeclineMessage {
  readonly type: 'decline'
  readonly offerId: number
  readonly reason: DeclineReason
}

/** One more ICE candidate of the other peer. A bridge sends its own after its answer. */
export interface CandidateMessage {
  readonly type: 'candidate'
  readonly offerId: number
  readonly candidate: string
  readonly sdpMid?: string
}

/** The other side no longer wants this offer: let go of whatever was made for it. */
export interface CancelMessage {
  readonly type: 'cancel'
  readonly offerId: number
}

export interface RegisteredMessage {
  readonly type: 'registered'
  /** Opaque; new at every registration. */
  readonly bridgeId: string
  /** The version that the server picked. Absent: the newest that the bridge said. */
  readonly version?: number
}

export interface BridgeRefusedMessage {
  readonly type: 'refused'
  readonly reason: RegisterRefuseReason
  readonly retryAfterMs: number
}

/** A client's offer, as a bridge gets it. `offerId` is the server's own number for this attempt. */
export interface BridgeOfferMessage {
  readonly type: 'offer'
  readonly offerId: number
  readonly sdp: string
  readonly ticket: string
  /** Id of the egress, to be found in the bridge's own descriptor. */
  readonly egress: string
  /** Without trickle the answer must hold every candidate. */
  readonly trickle: boolean
  /** One more path of a client that this bridge helps already: it takes a place, but is not one more person. */
  readonly additional?: boolean
  /** Where the client is (ISO 3166-1 alpha-2), for the volunteer to see; absent if that is not known. */
  readonly country?: string
  /** A relay to use where there is no direct way. */
  readonly turn?: TurnServer
}

/** The URLs of TURN servers, and what opens them for a short time; as WebRTC's `RTCIceServer` has it. */
export interface TurnServer {
  readonly urls: readonly string[]
  readonly username: string
  readonly credential: string
}

/** A client asks for a bridge. `offerId` is the client's own number, unique per socket. */
export interface ClientOfferMessage extends SpokenVersions, Partial<WorkProof> {
  readonly type: 'offer'
  readonly offerId: number
  readonly sdp: string
  /** Bridges the client has already. */
  readonly avoid: readonly string[]
  /** The egress of a session that runs already. */
  readonly egress?: string
  /** The only bridge that may take it, whatever `avoid` says: one over which the client wants another path. */
  readonly bridge?: string
  /** Bridges whose paths corrupted or swallowed packets since the client's last offer. */
  readonly faulty?: readonly string[]
  /** Absent while it does not know. */
  readonly nat?: NatClass | undefined
  /** It had an answer before, and yet no way to that bridge. */
  readonly unreached?: boolean | undefined
  /** The private pool whose bridges alone may take it (`poolId`); absent: the public. */
  readonly pool?: string | undefined
  /** It asks for a ticket to take to a standing bridge, and its `sdp` is empty; absent: a WebRTC data channel. */
  readonly carrier?: 'websocket' | undefined
}

export interface ClientAnswerMessage {
  readonly type: 'answer'
  readonly offerId: number
  /** The ticket, if the offer had `carrier`. */
  readonly sdp: string
  readonly bridgeId: string
  readonly egress: string
  /** The version that the server picked. Absent: the newest that the client said. */
  readonly version?: number
}

/**
 * With a {@link WorkDemand} the same offer is looked at again at once, if it comes with a proof for it. With `version`
 * as the reason, what the server speaks.
 */
export interface ClientRefusedMessage extends Partial<WorkDemand>, Partial<SpokenVersions> {
  readonly type: 'refused'
  readonly offerId: number
  readonly reason: OfferRefuseReason
  readonly retryAfterMs: number
}

export type BridgeToServer =
  | RegisterMessage
  | LoadMessage
  | BridgeAnswerMessage
  | DeclineMessage
  | CandidateMessage
export type ServerToBridge =
  | RegisteredMessage
  | BridgeRefusedMessage
  | BridgeOfferMessage
  | CandidateMessage
  | CancelMessage
export type ClientToServer = ClientOfferMessage | CandidateMessage | CancelMessage
export type ServerToClient = ClientAnswerMessage | ClientRefusedMessage | CandidateMessage
export type SignalingMessage = BridgeToServer | ServerToBridge | ClientToServer | ServerToClient

/** A message of a later version, to be ignored. */
export interface UnknownMessage {
  readonly type: 'unknown'
}

/** Throws `too-large` for a message that no receiver would take. */
export function encodeSignalingMessage(message: SignalingMessage): Uint8Array<ArrayBuffer> {
  const bytes = encodeStructure(message)
  if (bytes.length > MAX_SIGNALING_MESSAGE_BYTES) {
    throw new FootbridgeError(
      'too-large',
      `a signaling message has at most ${MAX_SIGNALING_MESSAGE_BYTES} bytes`,
    )
  }
  return bytes
}

/** Throws `too-large` or `malformed`, like the other three. */
export function parseBridgeToServer(bytes: Uint8Array): BridgeToServer | UnknownMessage {
  return parse<BridgeToServer>(bytes, {
    register: (fields) => ({
      type: 'register',
      ...versionsOf(fields),
      capacity: capacityOf(fields),
      ...(fields.has('load') && { load: fields.integer('load', MAX_BRIDGE_CAPACITY) }),
      ...natOf(fields),
      ...poolOf(fields),
    }),
    load: (fields) => ({
      type: 'load',
      clients: fields.integer('clients', MAX_BRIDGE_CAPACITY),
      ...(fields.has('capacity') && { capacity: capacityOf(fields) }),
      ...natOf(fields),
    }),
    answer: (fields) => ({ type: 'answer', offerId: fields.integer('offerId'), sdp: sdpOf(fields) }),
    decline: (fields) => ({
      type: 'decline',
      offerId: fields.integer('offerId'),
      reason: known(fields.text('reason', MAX_REASON_CHARS), DECLINE_REASONS, 'failed'),
    }),
    candidate: candidateOf,
  })
}

export function parseServerToBridge(bytes: Uint8Array): ServerToBridge | UnknownMessage {
  return parse<ServerToBridge>(bytes, {
    registered: (fields) => ({
      type: 'registered',
      bridgeId: fields.text('bridgeId', MAX_ID_CHARS),
      ...pickedOf(fields),
    }),
    refused: (fields) => ({
      type: 'refused',
      reason: known(fields.text('reason', MAX_REASON_CHARS), REGISTER_REFUSE_REASONS, 'limit'),
      ...retryOf(fields),
    }),
    offer: (fields) => ({
      type: 'offer',
      offerId: fields.integer('offerId'),
      sdp: sdpOf(fields),
      ticket: fields.text('ticket', MAX_TICKET_CHARS),
      egress: fields.text('egress', MAX_ID_CHARS),
      trickle: fields.flag('trickle'),
      ...(fields.has('additional') && { additional: fields.flag('additional') }),
      ...countryOf(fields),
      ...(fields.has('turn') && { turn: turnOf(fields.structure('turn')) }),
    }),
    candidate: candidateOf,
    cancel: cancelOf,
  })
}

export function parseClientToServer(bytes: Uint8Array): ClientToServer | UnknownMessage {
  return parse<ClientToServer>(bytes, {
    offer: (fields) => ({
      type: 'offer',
      ...versionsOf(fields),
      offerId: fields.integer('offerId'),
      sdp: sdpOf(fields),
      avoid: fields.texts('avoid', MAX_AVOIDED_BRIDGES, MAX_ID_CHARS),
      ...(fields.has('egress') && { egress: fields.text('egress', MAX_ID_CHARS) }),
      ...(fields.has('bridge') && { bridge: fields.text('bridge', MAX_ID_CHARS) }),
      ...(fields.has('faulty') && { faulty: fields.texts('faulty', MAX_FAULTY_BRIDGES, MAX_ID_CHARS) }),
      ...natOf(fields),
      ...(fields.has('unreached') && { unreached: fields.flag('unreached') }),
      ...poolOf(fields),
      ...carrierOf(fields),
      ...(fields.has('challenge') && {
        challenge: fields.bytes('challenge', WORK_CHALLENGE_BYTES),
        nonce: fields.bytes('nonce', WORK_NONCE_BYTES),
      }),
    }),
    candidate: candidateOf,
    cancel: cancelOf,
  })
}

export function parseServerToClient(bytes: Uint8Array): ServerToClient | UnknownMessage {
  return parse<ServerToClient>(bytes, {
    answer: (fields) => ({
      type: 'answer',
      offerId: fields.integer('offerId'),
      sdp: sdpOf(fields),
      bridgeId: fields.text('bridgeId', MAX_ID_CHARS),
      egress: fields.text('egress', MAX_ID_CHARS),
      ...pickedOf(fields),
    }),
    refused: (fields) => ({
      type: 'refused',
      offerId: fields.integer('offerId'),
      reason: known(fields.text('reason', MAX_REASON_CHARS), OFFER_REFUSE_REASONS, 'no-bridge'),
      ...retryOf(fields),
      ...(fields.has('version') && versionsOf(fields)),
      ...(fields.has('challenge') && {
        challenge: fields.bytes('challenge', WORK_CHALLENGE_BYTES),
        bits: fields.integer('bits', MAX_BITS),
      }),
    }),
    candidate: candidateOf,
  })
}

type Readers<M extends SignalingMessage> = {
  readonly [T in M['type']]: (fields: Structure) => Extract<M, { readonly type: T }>
}

function parse<M extends SignalingMessage>(bytes: Uint8Array, readers: Readers<M>): M | UnknownMessage {
  const fields = decodeStructure(bytes, 'a signaling message', MAX_SIGNALING_MESSAGE_BYTES)
  const type = fields.text('type', MAX_ID_CHARS)
  return Object.hasOwn(readers, type) ? readers[type as M['type']](fields) : { type: 'unknown' }
}

function candidateOf(fields: Structure): CandidateMessage {
  return {
    type: 'candidate',
    offerId: fields.integer('offerId'),
    candidate: fields.text('candidate', MAX_CANDIDATE_CHARS),
    ...(fields.has('sdpMid') && { sdpMid: fields.text('sdpMid', MAX_MID_CHARS) }),
  }
}

function cancelOf(fields: Structure): CancelMessage {
  return { type: 'cancel', offerId: fields.integer('offerId') }
}

function capacityOf(fields: Structure): number {
  const capacity = fields.integer('capacity', MAX_BRIDGE_CAPACITY)
  if (capacity === 0) throw new FootbridgeError('malformed', 'a bridge that takes nobody does not register')
  return capacity
}

/** A class of a later version reads as none. */
function natOf(fields: Structure): { nat?: NatClass } {
  if (!fields.has('nat')) return {}
  const nat = fields.text('nat', MAX_ID_CHARS)
  return NAT_CLASSES.has(nat) ? { nat: nat as NatClass } : {}
}

/** Told for display only: what is no country reads as none. */
function countryOf(fields: Structure): { country?: string } {
  if (!fields.has('country')) return {}
  const country = fields.text('country', MAX_ID_CHARS)
  return COUNTRY.test(country) ? { country } : {}
}

function turnOf(fields: Structure): TurnServer {
  return {
    urls: fields.texts('urls', MAX_TURN_URLS, MAX_TURN_CHARS),
    username: fields.text('username', MAX_TURN_CHARS),
    credential: fields.text('credential', MAX_TURN_CHARS),
  }
}

function poolOf(fields: Structure): { pool?: string } {
  return fields.has('pool') ? { pool: fields.text('pool', MAX_ID_CHARS) } : {}
}

/** A carrier of a later version reads as none: the offer then has no description, and is refused. */
function carrierOf(fields: Structure): { carrier?: 'websocket' } {
  return fields.has('carrier') && fields.text('carrier', MAX_ID_CHARS) === 'websocket'
    ? { carrier: 'websocket' }
    : {}
}

function sdpOf(fields: Structure): string {
  return fields.text('sdp', MAX_SDP_CHARS)
}

function versionsOf(fields: Structure): SpokenVersions {
  return {
    ...versionOf(fields),
    ...(fields.has('oldest') && { oldest: fields.integer('oldest', MAX_VERSION) }),
  }
}

function pickedOf(fields: Structure): { version?: number } {
  return fields.has('version') ? versionOf(fields) : {}
}

function versionOf(fields: Structure): { version: number } {
  return { version: fields.integer('version', MAX_VERSION) }
}

function retryOf(fields: Structure): { retryAfterMs: number } {
  return { retryAfterMs: fields.integer('retryAfterMs', MAX_RETRY_AFTER_MS) }
}

/** Reasons are an open list: one of a later version reads as the general one. */
function known<T extends string>(text: string, all: ReadonlySet<string>, otherwise: T): T {
  return all.has(text) ? (text as T) : otherwise
}
