import type { AttachedPath, ClientSession, PathListener } from '@footbridge/shared'
import type { Met } from './way-in.ts'

export interface PathStatus {
  readonly bridgeId: string
  readonly roundTripMs: number
  /** Bytes on this path so far. */
  readonly sent: number
  readonly received: number
}

/** The paths that are attached now, by the ids of their bridges. */
export class AttachedPaths {
  readonly #paths: Map<string, AttachedPath> = new Map()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get size(): number {
    return this.#paths.size
  }

  /** Of those that are in use. */
  get status(): PathStatus[] {
    return [...this.#paths].flatMap(([bridgeId, path]) => {
      const figures = path.status()
      return figures === undefined ? [] : [{ bridgeId, ...figures }]
    })
  }

  attach(session: Pick<ClientSession, 'attach'>, { carrier, bridgeId }: Met, listener: PathListener): void {
    // A session that is about to close ends the path before it has given it over.
    let over = false
    const path = session.attach(carrier, {
      working: () => listener.working?.(),
      suspect: (suspect) => listener.suspect?.(suspect),
      end: (code) => {
        over = true
        this.#paths.delete(bridgeId)
        listener.end(code)
        this.#changed()
      },
    })
    if (over) return
    this.#paths.set(bridgeId, path)
    this.#changed()
  }
}
