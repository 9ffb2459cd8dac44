import { setImmediate as turn } from 'node:timers/promises'
import type { MinuteRow } from './status-store.ts'
import { type Piece, pieceOf, type Span, type Summary, startsOf, wholeOf } from './status-summary.ts'

/**
 * Sums up the last while again and again. A piece that is over stays as it is, so only the current one is read each time;
 * when all have to be, something else gets its turn after each.
 */
export class StatusHistory {
  readonly #span: Span
  readonly #read: (from: number, to: number) => readonly MinuteRow[]
  #over = new Map<number, Piece>()

  /** `read` gives the rows from one minute to before another, in the order of time. */
  constructor(span: Span, read: (from: number, to: number) => readonly MinuteRow[]) {
    this.#span = span
    this.#read = read
  }

  /** At the current `minute`. */
  async summary(minute: number): Promise<Summary> {
    const pieces: Piece[] = []
    for (const start of startsOf(this.#span, minute)) {
      let piece = this.#over.get(start)
      if (piece === undefined) {
        await turn()
        piece = pieceOf(start, this.#read(start, start + this.#span.pieceMinutes))
      }
      pieces.push(piece)
    }
    const isOver = ({ start }: Piece): boolean => start + this.#span.pieceMinutes <= minute
    this.#over = new Map(pieces.filter(isOver).map((piece) => [piece.start, piece]))
    return { span: this.#span, pieces, whole: wholeOf(pieces) }
  }
}
