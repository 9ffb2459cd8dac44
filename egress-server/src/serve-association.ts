import { ASSOCIATION_TARGET, ResetCode, type SessionStream, type Target } from '@footbridge/shared'
import { Association, type AssociationOptions } from './association.ts'

/** Associations that one session may have at once. */
export const MAX_SESSION_ASSOCIATIONS = 64

/** Whether a stream is an association; see `ASSOCIATION_TARGET`. */
export function isAssociationTarget({ host, port }: Target): boolean {
  return host === ASSOCIATION_TARGET.host && port === ASSOCIATION_TARGET.port
}

/** Serves streams that are associations, each until it ends. What they carry besides datagrams is ignored. */
export class AssociationServer {
  readonly #options: AssociationOptions
  /** How many each session has. */
  readonly #counts: WeakMap<object, number> = new WeakMap()

  constructor(options: AssociationOptions) {
    this.#options = options
  }

  /** `session` is whatever stands for the session that the stream belongs to. */
  serve(stream: SessionStream, session: object): void {
    if (this.#count(session) >= MAX_SESSION_ASSOCIATIONS) {
      stream.reset(ResetCode.limit)
      return
    }
    this.#counts.set(session, this.#count(session) + 1)
    const association = new Association(stream, this.#options)
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      association.close()
      this.#counts.set(session, this.#count(session) - 1)
    }
    const ignore = (): void => {
      let bytes = stream.read()
      while (bytes) bytes = stream.read()
      if (bytes === undefined) return
      end()
      stream.end()
    }
    stream.listen({
      datagram: (datagram) => association.send(datagram),
      readable: ignore,
      failed: end,
    })
    stream.accept()
    ignore()
  }

  #count(session: object): number {
    return this.#counts.get(session) ?? 0
  }
}
