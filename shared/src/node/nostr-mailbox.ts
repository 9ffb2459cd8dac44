import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure'
import { type RawData, WebSocket } from 'ws'
import { encodeHex } from './hex.ts'
import { MAX_RELAY_MESSAGE_BYTES, type Mailbox, type OpenMailbox } from './mailbox.ts'

/** An ephemeral kind, which relays pass on to who listens and do not store (NIP-01): WebRTC signaling, as others use it. */
const KIND = 25_050
const SUBSCRIPTION = 'box'
/** A relay that has said nothing from one ping to the next is lost. */
const PING_MS = 30_000

/**
 * A Nostr relay as mailbox (https://github.com/nostr-protocol/nips, NIP-01): letters are ephemeral events, each by an author
 * of its own, with the box in a `p` tag. Who wrote an event says nothing, so signatures are not looked at. The events are
 * nostr-tools'; its relay client is not used, which prints the relay and what it says where it does not understand it.
 */
export const openNostrMailbox: OpenMailbox = (url, { box, onLetter, onEnd }, signal) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { maxPayload: MAX_RELAY_MESSAGE_BYTES, perMessageDeflate: false })
    let isOpen = false
    const mailbox: Mailbox = {
      put(box, letter) {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(['EVENT', eventOf(box, letter)]))
      },
      close: () => socket.close(),
    }
    const giveUp = (): void => {
      socket.terminate()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    socket.on('error', reject)
    socket.on('open', () =>
      socket.send(JSON.stringify(['REQ', SUBSCRIPTION, { kinds: [KIND], '#p': [encodeHex(box)], limit: 1 }])),
    )
    let isAlive = true
    const pinging = setInterval(() => {
      if (!isAlive) socket.terminate()
      else if (socket.readyState === WebSocket.OPEN) socket.ping()
      isAlive = false
    }, PING_MS)
    pinging.unref()
    socket.on('pong', () => {
      isAlive = true
    })
    socket.on('message', (data) => {
      isAlive = true
      const message = parse(data)
      switch (message?.type) {
        case 'event':
          onLetter(mailbox, message.letter)
          break
        case 'listening':
          isOpen = true
          signal.removeEventListener('abort', giveUp)
          resolve(mailbox)
          break
        case 'refused':
          socket.terminate()
      }
    })
    socket.on('close', () => {
      clearInterval(pinging)
      reject(new Error('closed'))
      if (isOpen) onEnd()
    })
  })

function eventOf(box: Uint8Array, letter: Uint8Array): object {
  const event = {
    kind: KIND,
    created_at: Math.floor(Date.now() / 1_000),
    tags: [['p', encodeHex(box)]],
    content: Buffer.from(letter).toString('base64'),
  }
  return finalizeEvent(event, generateSecretKey())
}

/** What of a relay's message matters here. */
type Heard =
  | { readonly type: 'event'; readonly letter: Uint8Array }
  | { readonly type: 'listening' }
  /** It does not let us listen, or not any more. */
  | { readonly type: 'refused' }

/** `undefined` for what is nothing to us. The socket has bounded its length. */
function parse(data: RawData): Heard | undefined {
  let message: unknown
  try {
    message = JSON.parse(String(data))
  } catch {
    return undefined
  }
  if (!Array.isArray(message)) return undefined
  const [type, first, second] = message as unknown[]
  if (type === 'EVENT' && first === SUBSCRIPTION) {
    const { kind, content } = Object(second) as { kind?: unknown; content?: unknown }
    if (kind !== KIND || typeof content !== 'string') return undefined
    return { type: 'event', letter: Buffer.from(content, 'base64') }
  }
  if (type === 'EOSE' && first === SUBSCRIPTION) return { type: 'listening' }
  if (type === 'CLOSED' && first === SUBSCRIPTION) return { type: 'refused' }
  return undefined
}
