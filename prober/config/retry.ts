/** `retry:` and `burst:` of a target, and whether all its attempts fit into the interval. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { integer, optional, seconds, withDefault } from './field.ts'
import { runSeconds } from './run-time.ts'

export interface Retry {
  /** The first one counted; from 1. */
  readonly attempts: number
  readonly pauseSeconds: number
}

/** A module without a timeout takes what the interval leaves, but an attempt needs some time. */
const SHORTEST_ATTEMPT_SECONDS = 0.1
const MOST_ATTEMPTS = 10

export const retryBlock = z
  .strictObject({
    attempts: withDefault(
      integer(1, MOST_ATTEMPTS, `write one from 1 to ${MOST_ATTEMPTS}`),
      3,
      'Attempts at most, the first counted: a failure is probed again until one succeeds.',
      { examples: [3] },
    ),
    pause: withDefault(seconds, '1s', 'Between the end of an attempt and the start of the next.', { examples: ['1s'] }),
  })
  .meta({ id: 'retry' })

const LARGEST_BURST = 100

export const BURST = optional(
  integer(1, LARGEST_BURST, `write one from 1 to ${LARGEST_BURST}`),
  'Probes of each run, one after the other, to see a loss that one probe seldom meets; the run fails when all of them do. At most one of `retry` and `burst`.',
  { examples: [5] },
)

export function toRetry({ attempts, pause }: z.output<typeof retryBlock>): Retry {
  return { attempts, pauseSeconds: pause }
}

/** Why not all attempts end before the next run starts; `timeoutSeconds` 0: the module has none of its own. */
export function complaintAboutRetry(
  { attempts, pauseSeconds }: Retry,
  timeoutSeconds: number,
  shortestIntervalSeconds: number,
): string | undefined {
  const attemptSeconds = atLeast(timeoutSeconds)
  const what = `${attempts} attempts of ${formatDuration(attemptSeconds)}, ${formatDuration(pauseSeconds)} apart,`
  const longest = attempts * attemptSeconds + (attempts - 1) * pauseSeconds
  const tooLong = attempts === 1 ? undefined : complaintAbout(what, longest, shortestIntervalSeconds)
  return tooLong && `${tooLong}; write fewer attempts, a shorter pause or timeout, or a longer interval`
}

export function complaintAboutBurst(
  burst: number,
  timeoutSeconds: number,
  shortestIntervalSeconds: number,
): string | undefined {
  const probeSeconds = atLeast(timeoutSeconds)
  const what = `${burst} probes of ${formatDuration(probeSeconds)}`
  const tooLong = burst === 1 ? undefined : complaintAbout(what, burst * probeSeconds, shortestIntervalSeconds)
  return tooLong && `${tooLong}; write fewer probes, a shorter timeout, or a longer interval`
}

function atLeast(timeoutSeconds: number): number {
  return timeoutSeconds > 0 ? timeoutSeconds : SHORTEST_ATTEMPT_SECONDS
}

function complaintAbout(what: string, longestSeconds: number, intervalSeconds: number): string | undefined {
  const givenSeconds = runSeconds(intervalSeconds)
  if (longestSeconds <= givenSeconds) return undefined
  return `${what} take ${formatDuration(longestSeconds)}, and before the next run there are ${formatDuration(givenSeconds)}`
}
