import { CloseCode } from './carrier.ts'
import { FrameWriter } from './frame.ts'
import { PACKET_OVERHEAD_BYTES } from './packet.ts'
import { NO_RECEIPT } from './path.ts'
import type { Dice } from './seeded-random.test.helper.ts'
import { ROLES, type Role, type SimulatedLink } from './simulated-link.test.helper.ts'
import type { Simulation } from './simulation.test.helper.ts'

const NEVER = Number.POSITIVE_INFINITY

/** Something that befalls `victim`; returns what it was. */
type Mishap<Victim> = (simulation: Simulation, dice: Dice, victim: Victim) => string
type LinkMishap = Mishap<SimulatedLink>
type SideMishap = Mishap<Role>
type Weighted<T> = readonly (readonly [weight: number, mishap: T])[]

/** The bridge goes, and both ends hear of it, sooner or later. */
const leave: LinkMishap = ({ now }, dice, link) => {
  const heard = (): number => now + dice.pick(0, dice.between(0, 2_000))
  link.break(dice.pick(CloseCode.leaving, CloseCode.peerLost), { client: heard(), egress: heard() })
  return 'is left by its bridge'
}

/** The bridge goes, and one end is never told. */
const leaveHalf: LinkMishap = ({ now }, dice, link) => {
  const told = dice.pick(...ROLES)
  link.break(CloseCode.lost, { client: NEVER, egress: NEVER, [told]: now + dice.between(0, 500) })
  return `is lost, as only the ${told} hears`
}

const silence: LinkMishap = (_, dice, link) => {
  const deaf = dice.chance(0.4) ? ROLES : [dice.pick(...ROLES)]
  for (const role of deaf) link.lanes[role].silence()
  return `is silent towards ${deaf.join(' and ')}`
}

/** A packet was lost below the carrier: everything behind it waits, and then comes at once. */
const stall: LinkMishap = ({ now }, dice, link) => {
  const ms = dice.magnitude(100, 8_000)
  const stalled = dice.chance(0.5) ? ROLES : [dice.pick(...ROLES)]
  for (const role of stalled) link.lanes[role].stalledUntil = now + ms
  return `stalls for ${Math.round(ms)} ms towards ${stalled.join(' and ')}`
}

const tamper: LinkMishap = (_, dice, link) => {
  const kind = dice.pick('corrupt', 'drop', 'repeat', 'reorder')
  const role = dice.pick(...ROLES)
  const every = dice.pick(1, dice.whole(2, 20))
  link.lanes[role].tamper(kind, every)
  return `has a bridge that does "${kind}" to each ${every}. packet towards the ${role}`
}

const change: LinkMishap = (_, dice, link) => {
  const lane = link.lanes[dice.pick(...ROLES)]
  lane.delayMs = dice.magnitude(1, 400)
  lane.bytesPerMs = dice.magnitude(100, 10_000)
  return `now takes ${Math.round(lane.delayMs)} ms at ${Math.round(lane.bytesPerMs)} B/ms one way`
}

const giveUp: LinkMishap = (simulation, dice, { pathId }) => {
  const role = dice.pick(...ROLES)
  simulation.whenAwake(role, 0, () => simulation.sides[role].leave(pathId, CloseCode.done))
  return `is given up by the ${role}`
}

/** One side says that it will close the path, and does so a little later. */
const announce: LinkMishap = (simulation, dice, { pathId }) => {
  const role = dice.pick(...ROLES)
  const afterMs = dice.between(0, 2_000)
  simulation.whenAwake(role, 0, () => {
    sayPathClosing(simulation, role, pathId)
    simulation.whenAwake(role, afterMs, () => simulation.sides[role].leave(pathId, CloseCode.leaving))
  })
  return `is about to be given up by the ${role}`
}

/** A laptop sleeps, a tab is frozen: the others go on. */
const sleep: SideMishap = (simulation, dice, role) => {
  const ms = dice.magnitude(50, 40_000)
  const side = simulation.sides[role]
  side.asleepUntil = Math.max(side.asleepUntil, simulation.now + ms)
  side.timerFirst = dice.chance(0.5)
  return `the ${role} sleeps for ${Math.round(ms)} ms`
}

/** A sleep that took longer by its own clock than for the others. Both leap when they share a machine that was suspended. */
const leap: SideMishap = ({ sides, now }, dice, role) => {
  const ms = dice.chance(0.6) ? dice.magnitude(500, 20_000) : dice.magnitude(20_000, 4 * 3_600_000)
  const leaping = dice.chance(0.3) ? ROLES : [role]
  for (const each of leaping) {
    sides[each].clock.leap(ms)
    // Packets arrive meanwhile, and wait.
    sides[each].asleepUntil = Math.max(sides[each].asleepUntil, now + dice.magnitude(1, 500))
    sides[each].timerFirst = dice.chance(0.5)
  }
  return `the clock of ${leaping.join(' and ')} leaps ${Math.round(ms)} ms ahead`
}

/** Tabs in the background have timers that are a second late. */
const slowTimers: SideMishap = ({ sides }, dice, role) => {
  const ms = dice.pick(0, dice.between(0, 20), 1_000)
  sides[role].timerLateMs = ms
  return `timers of the ${role} are ${Math.round(ms)} ms late`
}

export const LINK_MISHAPS: Weighted<LinkMishap> = [
  [4, leave],
  [2, leaveHalf],
  [4, silence],
  [4, stall],
  [4, tamper],
  [2, change],
  [2, giveUp],
  [1, announce],
]

export const SIDE_MISHAPS: Weighted<SideMishap> = [
  [2, sleep],
  [3, leap],
  [1, slowTimers],
]

/** The core itself never says PATH_CLOSING, so this is said past it, and booked like any packet. */
function sayPathClosing({ sides }: Simulation, role: Role, pathId: number): void {
  const { state, now } = sides[role]
  for (const path of state.paths.values()) {
    if (!path.ready || state.closed) continue
    const writer = new FrameWriter(16)
    writer.pathClosing(pathId)
    path.send(writer.length + PACKET_OVERHEAD_BYTES, [NO_RECEIPT], now)
    sides[role].send(path.id, writer.payload())
    return
  }
}
