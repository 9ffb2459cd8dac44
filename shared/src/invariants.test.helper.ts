import { MAX_PATH_WINDOW_BYTES, MAX_STREAMS } from './constants.ts'
import { otherRole, ROLES, type Role } from './simulated-link.test.helper.ts'
import type { Simulation } from './simulation.test.helper.ts'

/** Bytes that the streams of a session may have queued before each is held to its share, and that share. */
const SESSION_SEND_BUFFER_BYTES = 8_388_608
const SEND_BUFFER_BYTES = 524_288
const LEAST_SEND_BUFFER_BYTES = 16_384
/** What a blind relay may hold in one direction. */
const RELAY_BUFFER_BYTES = 8_388_608

/** Largest single write of the applications here: what goes over a buffer that was not quite full. */
export const LARGEST_WRITE_BYTES = 100_000

/** Throws for anything that must not be, whatever happens. */
export function checkInvariants(simulation: Simulation): void {
  for (const role of ROLES) {
    checkPaths(simulation, role)
    checkCredit(simulation, role)
  }
}

function checkPaths(simulation: Simulation, role: Role): void {
  for (const path of simulation.sides[role].state.paths.values()) {
    const onTheWay = simulation.link(path.id)?.lanes[otherRole(role)].bytes ?? 0
    hold(onTheWay <= RELAY_BUFFER_BYTES, `${role}: a relay holds ${onTheWay} bytes of path ${path.id}`)
    hold(path.inFlight >= 0, `${role}: less than nothing is in flight`)
    hold(
      path.inFlight <= MAX_PATH_WINDOW_BYTES,
      `${role}: ${path.inFlight} bytes are in flight on path ${path.id}`,
    )
  }
}

function checkCredit({ sides }: Simulation, role: Role): void {
  const { state } = sides[role]
  const { sendCredit, receiveCredit, queuedBytes } = state
  const { state: peer } = sides[otherRole(role)]
  hold(sendCredit.sent <= sendCredit.limit, `${role}: more was sent than the credit allows`)
  hold(sendCredit.limit <= peer.receiveCredit.limit, `${role}: has credit that it was never given`)
  hold(peer.receiveCredit.received <= sendCredit.sent, `${role}: less was sent than was received`)
  hold(receiveCredit.consumed <= receiveCredit.received, `${role}: more was consumed than received`)
  hold(receiveCredit.received <= receiveCredit.limit, `${role}: more was received than allowed`)
  hold(queuedBytes >= 0, `${role}: less than nothing is queued`)
  const share = LEAST_SEND_BUFFER_BYTES + LARGEST_WRITE_BYTES
  const most = SESSION_SEND_BUFFER_BYTES + SEND_BUFFER_BYTES + state.streamCount * share
  hold(queuedBytes <= most, `${role}: ${queuedBytes} bytes are queued`)
  hold(state.streamCount <= 2 * MAX_STREAMS, `${role}: ${state.streamCount} streams`)
}

/** What is out of balance once every stream is over and every packet has come. */
export function imbalance({ sides }: Simulation): string | undefined {
  for (const role of ROLES) {
    const { state } = sides[role]
    const { state: peer } = sides[otherRole(role)]
    const accounts: Record<string, readonly [number, number]> = {
      'streams left': [state.streamCount, 0],
      'bytes queued': [state.queuedBytes, 0],
      'bytes consumed of those received': [state.receiveCredit.consumed, state.receiveCredit.received],
      'bytes sent and received': [state.sendCredit.sent, peer.receiveCredit.received],
      'credit taken and given': [state.sendCredit.limit, peer.receiveCredit.limit],
    }
    for (const [name, [is, should]] of Object.entries(accounts)) {
      if (is !== should) return `${role}: ${name}: ${is}, not ${should}`
    }
  }
  return undefined
}

function hold(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}
