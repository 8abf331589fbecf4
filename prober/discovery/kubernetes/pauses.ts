/** How long to leave an API server alone: not at all after what is usual, longer and longer while it fails. */
import type { SourceFailure } from '../failure.ts'

export interface Pauses {
  /** It works: the next failure is the first one. */
  heard(): void
  /** Seconds after a watch that ended as watches do, or whose beginning is too long ago. */
  afterEnd(): number
  afterFailure(failure: SourceFailure): number
  /** A right that is missing or a kind that is not there will hardly come within a second. */
  afterRefusal(): number
}

const FIRST_SECONDS = 1
const LONGEST_SECONDS = 60

/** `random`: from 0 up to 1, so that many probers do not come back at the same moment. */
export function createPauses(random: () => number): Pauses {
  let inARow = 0
  const backoff = () => {
    const most = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** inARow)
    inARow += 1
    return most * (0.5 + random() / 2)
  }
  return {
    heard() {
      inARow = 0
    },
    // Once it is nothing; again and again, with nothing heard in between, it is a server that must be spared.
    afterEnd() {
      if (inARow > 0) return backoff()
      inARow = 1
      return 0
    },
    afterFailure: ({ retryAfterSeconds = 0 }) => Math.max(backoff(), Math.min(retryAfterSeconds, LONGEST_SECONDS)),
    afterRefusal: () => LONGEST_SECONDS * (0.5 + random() / 2),
  }
}
