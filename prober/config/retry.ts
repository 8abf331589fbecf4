/** `retry:` of a target, and whether all its attempts fit into the interval. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { integer, seconds, withDefault } from './field.ts'

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

export function toRetry({ attempts, pause }: z.output<typeof retryBlock>): Retry {
  return { attempts, pauseSeconds: pause }
}

/** As blackbox_exporter leaves of a scrape; of an interval under 5 s a tenth. */
const REST_SECONDS = 0.5
const REST_SHARE = 0.1

/** What a run may take, so that it has ended when the next one is due, which would be left out otherwise. */
export function runSeconds(intervalSeconds: number): number {
  return intervalSeconds - Math.min(REST_SECONDS, intervalSeconds * REST_SHARE)
}

/** Why not all attempts end before the next run starts; `timeoutSeconds` 0: the module has none of its own. */
export function complaintAboutRetry(
  retry: Retry,
  timeoutSeconds: number,
  shortestIntervalSeconds: number,
): string | undefined {
  const attemptSeconds = timeoutSeconds > 0 ? timeoutSeconds : SHORTEST_ATTEMPT_SECONDS
  const { attempts, pauseSeconds } = retry
  const longest = attempts * attemptSeconds + (attempts - 1) * pauseSeconds
  const given = runSeconds(shortestIntervalSeconds)
  if (attempts === 1 || longest <= given) return undefined
  const what = `${attempts} attempts of ${formatDuration(attemptSeconds)}, ${formatDuration(pauseSeconds)} apart, take ${formatDuration(longest)}`
  return `${what}, and before the next run there are ${formatDuration(given)}; write fewer attempts, a shorter pause or timeout, or a longer interval`
}
