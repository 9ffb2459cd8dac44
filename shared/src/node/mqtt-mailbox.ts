import { randomBytes } from 'node:crypto'
import mqtt, { type IClientOptions } from 'mqtt'
import { encodeHex } from './hex.ts'
import { MAX_RELAY_MESSAGE_BYTES, type Mailbox, type OpenMailbox } from './mailbox.ts'

/** MQTT 5, which knows limits. */
const PROTOCOL_VERSION = 5
const CLIENT_ID_BYTES = 10
/** The least that a sign of life takes to be missed is one and a half of it. */
const KEEP_ALIVE_S = 50
/** Messages that the broker may have under way to us. */
const RECEIVE_MAXIMUM = 16

/** An MQTT broker as mailbox: the box is a topic. Nothing is retained or acknowledged. */
export const openMqttMailbox: OpenMailbox = (url, { box, onLetter, onEnd }, signal) =>
  new Promise((resolve, reject) => {
    const client = mqtt.connect(url, options())
    const topic = encodeHex(box)
    let isOpen = false
    const mailbox: Mailbox = {
      put: (box, letter) => void client.publish(encodeHex(box), Buffer.from(letter), { qos: 0 }),
      close: () => void client.end(),
    }
    const giveUp = (): void => {
      client.end(true)
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    boundMessages(client)
    client.on('error', reject)
    client.on('connect', () => client.subscribe(topic, { qos: 0 }, (error) => (error ? giveUp() : opened())))
    client.on('message', (to, payload) => {
      if (to === topic) onLetter(mailbox, payload)
    })
    client.on('close', () => {
      client.end(true)
      reject(new Error('closed'))
      if (isOpen) onEnd()
      isOpen = false
    })

    function opened(): void {
      isOpen = true
      signal.removeEventListener('abort', giveUp)
      resolve(mailbox)
    }
  })

function options(): IClientOptions {
  return {
    protocolVersion: PROTOCOL_VERSION,
    // The default tells that it is this library.
    clientId: encodeHex(randomBytes(CLIENT_ID_BYTES)),
    clean: true,
    keepalive: KEEP_ALIVE_S,
    // Who wants it opens another.
    reconnectPeriod: 0,
    queueQoSZero: false,
    properties: { maximumPacketSize: MAX_RELAY_MESSAGE_BYTES, receiveMaximum: RECEIVE_MAXIMUM },
  }
}

/** A broker that sends longer messages than it was told to is cut off, before the library has collected one. */
function boundMessages(client: mqtt.MqttClient): void {
  let bytes = 0
  client.stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    // Whole packets that came in the same chunk are read right after this.
    if (bytes > 2 * MAX_RELAY_MESSAGE_BYTES) client.stream.destroy()
  })
  client.on('packetreceive', () => {
    bytes = 0
  })
}
