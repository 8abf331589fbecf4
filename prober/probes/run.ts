/** One turn of a scheduled target: the treaty between the schedule, which makes it, and what shows or counts it. */
import type { Disturbance } from './disturbance.ts'
import type { Result } from './result.ts'

export interface Run {
  /** What the target is said to be: the last success, else the last failure that was seen, else the last timeout in a stall. */
  readonly result: Result
  /** What would have been said without retries: the same as `result` when there was one attempt. */
  readonly first: Result
  /** From 1; each probe that was made. */
  readonly attempts: number
  readonly failedAttempts: number
  /** Those whose durations count: each of a burst, else only `result`. */
  readonly counted: readonly Result[]
  /** When it was due, by the schedule's clock: the hops of a path have it in common. */
  readonly plannedSeconds: number
  /** Between the planned start and the real one: the timer's lateness and the wait for a free place. */
  readonly lateSeconds: number
  /** Of that: the wait for a free place under the limit of concurrent probes. */
  readonly queuedSeconds: number
  /** By the same clock, which setting the machine's does not move: for the age of the result. */
  readonly endedSeconds: number
  /** What held the prober itself up in any of the attempts. */
  readonly disturbance: Disturbance | undefined
}
