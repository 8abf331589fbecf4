/**
 * Work that can wait goes on a few pieces at a time, and between them the event loop reads its sockets: whatever
 * arrives meanwhile gets its time stamp before the next pieces, and not after all of them. At 1,000 probes a second that
 * is most of the error of a measured time. `setImmediate` alone would run all that is due in one go.
 */
interface Piece {
  readonly work: (argument: unknown) => void
  readonly argument: unknown
  next: Piece | undefined
}

/** One for the process, as the event loop is. A list, since under load it may never run empty: what ran is let go. */
interface Queue {
  first: Piece | undefined
  last: Piece | undefined
  length: number
  /** Pieces that the next turn will run. */
  planned: number
}

const queue: Queue = { first: undefined, last: undefined, length: 0, planned: 0 }

/** A turn costs some microseconds, and a piece some fifty: with one a turn a busy prober would spend a tenth on turns. */
const PIECES_PER_TURN = 3

/** Calls `work` with the argument in a later turn of the event loop, in the order of asking. */
export function inTurn<T>(work: (argument: T) => void, argument: T): void {
  const piece: Piece = { work: work as Piece['work'], argument, next: undefined }
  if (queue.last === undefined) queue.first = piece
  else queue.last.next = piece
  queue.last = piece
  queue.length += 1
  if (queue.planned < PIECES_PER_TURN) plan()
}

function plan(): void {
  queue.planned += 1
  setImmediate(runOne)
}

function runOne(): void {
  queue.planned -= 1
  const piece = queue.first
  if (piece === undefined) return
  queue.first = piece.next
  if (piece.next === undefined) queue.last = undefined
  queue.length -= 1
  if (queue.length > queue.planned) plan()
  piece.work(piece.argument)
}
