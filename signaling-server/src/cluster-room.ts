import type { KnownNat } from './match-facts.ts'
import { connects } from './nat-match.ts'
import type { Room } from './pool.ts'

/** Part of the best instance's share of free places down to which this instance keeps its clients to itself. */
const SCARCE = 0.5

/**
 * The instance to serve a client of this NAT class, of those in `rooms` by their ids: `own` while its bridges are not much
 * fuller than those elsewhere, since every offer passed on costs twice. Otherwise any, the more free places the
 * likelier, so that news half a second old does not send everybody to the same one. `undefined` if nobody has room.
 * `random` is in 0 to 1.
 */
export function chooseInstance(
  own: string,
  rooms: ReadonlyMap<string, Room>,
  nat: KnownNat,
  random: () => number,
): string | undefined {
  const suitable = openFor(rooms, (bridge) => connects(nat, bridge))
  // With some luck they connect after all.
  const open = suitable.length > 0 ? suitable : openFor(rooms, () => true)
  const best = Math.max(...open.map(({ share }) => share))
  if (open.some(({ id, share }) => id === own && share >= SCARCE * best)) return own
  let at = random() * open.reduce((sum, { free }) => sum + free, 0)
  return open.find(({ free }) => {
    at -= free
    return at < 0
  })?.id
}

interface Open {
  readonly id: string
  readonly free: number
  readonly share: number
}

function openFor(rooms: ReadonlyMap<string, Room>, counts: (bridge: KnownNat) => boolean): Open[] {
  return [...rooms].flatMap(([id, room]) => {
    const free = Object.entries(room.free).reduce(
      (sum, [bridge, places]) => (counts(bridge as KnownNat) ? sum + places : sum),
      0,
    )
    return free > 0 ? { id, free, share: free / Math.max(1, room.places) } : []
  })
}
