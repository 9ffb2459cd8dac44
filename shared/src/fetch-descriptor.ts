import { MAX_DESCRIPTOR_CHARS } from './constants.ts'
import {
  type BridgeDescriptor,
  type NetworkDescriptor,
  parseBridgeDescriptor,
  parseDescriptor,
} from './descriptor.ts'
import { fetchText } from './fetch-text.ts'

/** Longest wait for a descriptor. */
const FETCH_TIMEOUT_MS = 10_000

/**
 * The descriptor at an HTTP URL. Throws `unavailable` if the server cannot be reached or does not have it, `too-large`,
 * `malformed`, `protocol` for another version, or `aborted`; no text names the server.
 */
export async function fetchDescriptor(url: string, signal: AbortSignal): Promise<NetworkDescriptor> {
  return parseDescriptor(await fetchJson(url, signal))
}

/** What of it a bridge needs. Throws alike. */
export async function fetchBridgeDescriptor(url: string, signal: AbortSignal): Promise<BridgeDescriptor> {
  return parseBridgeDescriptor(await fetchJson(url, signal))
}

function fetchJson(url: string, signal: AbortSignal): Promise<string> {
  return fetchText(url, { maxBytes: MAX_DESCRIPTOR_CHARS, timeoutMs: FETCH_TIMEOUT_MS, signal })
}
