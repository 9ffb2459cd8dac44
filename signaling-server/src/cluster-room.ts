/** What an instance has to offer to clients. */
export interface Room {
  /** Places that its bridges have free. */
  readonly free: number
  /** All places that they have. */
  readonly places: number
}

/** Part of the best instance's share of free places down to which this instance keeps its clients to itself. */
const SCARCE = 0.5

/**
 * The instance to serve a client, of those in `rooms` by their ids: `own` while its bridges are not much fuller than
 * those elsewhere, since every offer passed on costs twice. Otherwise any, the more free places the likelier, so that
 * news a second old does not send everybody to the same one. `undefined` if nobody has room. `random` is in 0 to 1.
 */
export function chooseInstance(
  own: string,
  rooms: ReadonlyMap<string, Room>,
  random: () => number,
): string | undefined {
  const open = [...rooms].filter(([, { free }]) => free > 0)
  const best = Math.max(0, ...open.map(([, room]) => freeShare(room)))
  const ownRoom = rooms.get(own)
  if (ownRoom && ownRoom.free > 0 && freeShare(ownRoom) >= SCARCE * best) return own
  let at = random() * open.reduce((sum, [, { free }]) => sum + free, 0)
  return open.find(([, { free }]) => {
    at -= free
    return at < 0
  })?.[0]
}

function freeShare({ free, places }: Room): number {
  return free / Math.max(1, places)
}
