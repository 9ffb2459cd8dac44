/**
 * Numbers of the protocol. Both ends must agree on them; `PROTOCOL.md` lists each with its reason.
 * Numbers that only one implementation cares about live beside the code that uses them.
 */

/** Protocol version spoken by this implementation, the newest of them. */
export const PROTOCOL_VERSION = 1
/** The oldest that it still speaks. */
export const OLDEST_PROTOCOL_VERSION = 1

/** Largest carrier message, header and tag included. Chromium's data channel refuses more than 262,144. */
export const MAX_PACKET_BYTES = 65_536
/** Bytes that one path may hold unacknowledged. Keeps the relay's buffers far below the browser's 16 MiB. */
export const MAX_PATH_WINDOW_BYTES = 4_194_304
/** Credit that each side of a stream has before the first WINDOW frame. */
export const INITIAL_STREAM_WINDOW_BYTES = 262_144
/** Credit that each side of a session has before the first session WINDOW frame. */
export const INITIAL_SESSION_WINDOW_BYTES = 4_194_304
/** Streams that a client may have open at once in one session. */
export const MAX_STREAMS = 1024
/** Paths that may be attached to one session at once. */
export const MAX_PATHS = 32
/** Largest UDP datagram. With the longest host it fits a packet; the largest that IPv4 has (65,507) would not. */
export const MAX_DATAGRAM_BYTES = 65_000
/** Longest host name in a target (RFC 1035: 253 visible characters). */
export const MAX_HOST_CHARS = 253

/** Time a session waits, state kept, for a path to replace the last one. */
export const RESUME_TIMEOUT_MS = 60_000
/** Least silence with data in flight after which a path is suspect, and what it carries is re-sent elsewhere. */
export const PATH_SUSPECT_MS = 1_000
/** Silence with data in flight after which a path is dead. */
export const PATH_DEAD_MS = 3_000
/** Packets that do not authenticate, repeat or skip a number before a path is closed as faulty. */
export const MAX_PATH_FAULTS = 3

/** Validity of a ticket from its signing. */
export const TICKET_LIFETIME_MS = 60_000
/** Largest ticket, as text. */
export const MAX_TICKET_CHARS = 1_024
/** Largest signaling message. */
export const MAX_SIGNALING_MESSAGE_BYTES = 32_768
/** Largest session description. */
export const MAX_SDP_CHARS = 16_384
/** Largest ICE candidate line. */
export const MAX_CANDIDATE_CHARS = 1_024
/** Largest network descriptor, as JSON text. */
export const MAX_DESCRIPTOR_CHARS = 65_536

/** Where a standing bridge takes a client's path: `WS /v1/path?ticket=…`. */
export const STANDING_PATH = '/v1/path'
