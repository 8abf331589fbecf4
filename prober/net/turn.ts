/**
 * Work that can wait goes on one piece at a time, and between two pieces the event loop reads its sockets: whatever
 * arrives meanwhile gets its time stamp before the next piece, and not after all of them. At 1,000 probes a second that
 * is most of the error of a measured time. `setImmediate` alone would run all that is due in one go.
 */
type Work = (argument: unknown) => void

interface Queue {
  works: Work[]
  args: unknown[]
  next: number
}

/** One for the process, as the event loop is. */
const queue: Queue = { works: [], args: [], next: 0 }

/** Calls `work` with the argument in a later turn of the event loop, in the order of asking. */
export function inTurn<T>(work: (argument: T) => void, argument: T): void {
  queue.works.push(work as Work)
  queue.args.push(argument)
  if (queue.works.length - queue.next === 1) setImmediate(runOne)
}

function runOne(): void {
  const { works, args, next } = queue
  const [work, argument] = [works[next], args[next]]
  queue.next += 1
  if (queue.next < works.length) setImmediate(runOne)
  else {
    queue.works = []
    queue.args = []
    queue.next = 0
  }
  work?.(argument)
}
