/** One turn of a scheduled target: the treaty between the schedule, which makes it, and what shows or counts it. */
import type { Result } from './result.ts'

export interface Run {
  /** What the target is said to be: of several attempts the last. */
  readonly result: Result
  /** What would have been said without retries: the same as `result` when there was one attempt. */
  readonly first: Result
  /** From 1. */
  readonly attempts: number
  /** Between the planned start and the real one: the timer's lateness and the wait for a free place. */
  readonly lateSeconds: number
  /** Of that: the wait for a free place under the limit of concurrent probes. */
  readonly queuedSeconds: number
}
