/**
 * off         nothing runs, nothing is held
 * testing     finds out whether this browser can help from here
 * connecting  on its way to the signaling server, for the first time or again
 * waiting     listed there; nobody needs help right now
 * helping     at least one client's traffic passes
 * paused      on, but takes nobody, for the reason given
 * unsuitable  cannot help from here, for the reason given
 *
 * Out of all of them it finds by itself when the cause is gone; only a person turns it off.
 */
export type BridgeState = 'off' | 'testing' | 'connecting' | 'waiting' | 'helping' | 'paused' | 'unsuitable'

export type BridgeEvent =
  | 'start' // the volunteer turned it on
  | 'stop' // the volunteer turned it off, or the page is leaving or frozen
  | 'connect' // nothing speaks against helping, or no longer: what is missing is a server
  | 'registered' // the signaling server listed the bridge
  | 'unregistered' // the socket to the signaling server is gone
  | 'occupied' // the first client's traffic passes
  | 'vacated' // the last client is gone
  | 'pause' // nobody is helped, and nobody more can be taken for now
  | 'reject' // this browser, this place or this version cannot help

/** Why a bridge is not what it was turned on to be. */
export type BridgeReason =
  // paused
  | 'connection-budget' // the page made as many WebRTC connections as a browser allows
  | 'descriptor' // the network's descriptor is none
  | 'month-quota' // as much was passed on this month as the volunteer gives
  | 'day-quota' // the same of this day
  | 'hours' // the volunteer helps at other hours of the day
  | 'save-data' // the volunteer asked the browser for less traffic
  | 'cellular' // the device is online over a mobile network
  | 'battery' // it is low
  // connecting
  | 'unreachable' // neither the descriptor nor signaling can be had
  // unsuitable
  | 'no-webrtc' // the browser has none, or it is turned off
  | 'udp-blocked' // no STUN server answers
  | 'censored-country' // helping from here may do the volunteer harm
  | 'version' // the network speaks another version; a reload may get it

/** Every transition there is. An event that has none in a state changes nothing. */
export const TRANSITIONS: Readonly<Record<BridgeState, Readonly<Partial<Record<BridgeEvent, BridgeState>>>>> =
  {
    off: { start: 'testing' },
    testing: { connect: 'connecting', pause: 'paused', reject: 'unsuitable', stop: 'off' },
    connecting: {
      registered: 'waiting',
      occupied: 'helping',
      pause: 'paused',
      reject: 'unsuitable',
      stop: 'off',
    },
    waiting: {
      unregistered: 'connecting',
      occupied: 'helping',
      pause: 'paused',
      reject: 'unsuitable',
      stop: 'off',
    },
    // Who is being helped goes on being helped, whatever becomes of signaling.
    helping: { vacated: 'waiting', stop: 'off' },
    paused: { connect: 'connecting', pause: 'paused', reject: 'unsuitable', stop: 'off' },
    unsuitable: { connect: 'connecting', pause: 'paused', reject: 'unsuitable', stop: 'off' },
  }

export function nextState(state: BridgeState, event: BridgeEvent): BridgeState {
  return TRANSITIONS[state][event] ?? state
}
