import type { App, AppPlan } from './app.test.helper.ts'
import { Content } from './content.test.helper.ts'
import { LARGEST_WRITE_BYTES } from './invariants.test.helper.ts'
import type { Dice } from './seeded-random.test.helper.ts'
import { ResetCode } from './session-stream.ts'
import { otherRole, type Role } from './simulated-link.test.helper.ts'

/** One stream: what both of its ends will do, and the applications there once they have begun. */
export interface Conversation {
  readonly plans: Readonly<Record<Role, AppPlan>>
  /** What the egress takes to reach the target. */
  readonly dialMs: number
  readonly apps: { client?: App; egress?: App }
}

export function planConversation(dice: Dice, id: number, bytes: () => number): Conversation {
  const contents = { client: new Content(2 * id, bytes()), egress: new Content(2 * id + 1, bytes()) }
  // Two that both wait for the other's end would wait for ever.
  const answering = dice.weighted<Role | undefined>([
    [2, undefined],
    [2, 'egress'],
    [1, 'client'],
  ])
  const plan = (role: Role): AppPlan => {
    const sends = contents[role]
    const receives = contents[otherRole(role)]
    return {
      sends,
      receives,
      ...planWrites(dice, sends.bytes),
      answers: answering === role,
      // A few pauses at most, so that the end of it all stays in sight.
      readPause: dice.chance(0.2)
        ? { everyBytes: Math.max(10_000, receives.bytes / 4), ms: dice.magnitude(20, 3_000) }
        : undefined,
      reset: dice.chance(0.1)
        ? {
            afterBytes: dice.between(0, sends.bytes + receives.bytes),
            code: dice.pick(...Object.values(ResetCode)),
          }
        : undefined,
      actsAtOnce: dice.chance(0.5),
    }
  }
  return {
    plans: { client: plan('client'), egress: plan('egress') },
    dialMs: dice.magnitude(1, 500),
    apps: {},
  }
}

/** Whether nothing more is to come of it. */
export function isOver({ apps: { client, egress } }: Conversation): boolean {
  if (client?.over !== true) return false
  // An egress that has not heard of the stream yet never will, once the client has given it up.
  return egress === undefined ? !client.finished : egress.over
}

function planWrites(dice: Dice, bytes: number): Pick<AppPlan, 'pieceBytes' | 'pieceEveryMs'> {
  if (bytes < 5_000 && dice.chance(0.5)) {
    return { pieceBytes: () => dice.whole(1, 100), pieceEveryMs: dice.magnitude(1, 20) }
  }
  const most = dice.magnitude(2_000, LARGEST_WRITE_BYTES)
  const pieceBytes = (): number => Math.ceil(dice.magnitude(1_000, most))
  // All of it within a few seconds.
  const pieceEveryMs = dice.chance(0.25) ? dice.between(0, 3_000) / (1 + bytes / 1_000) : 0
  return { pieceBytes, pieceEveryMs }
}
