/** Runs made by hand, for tests of everything behind the schedule. */
import type { Result } from '../../../prober/probes/result.ts'
import type { Run } from '../../../prober/probes/run.ts'

export function run(result: Result, changes: Partial<Run> = {}): Run {
  return {
    result,
    first: result,
    attempts: 1,
    failedAttempts: result.outcome.ok ? 0 : 1,
    counted: [result],
    plannedSeconds: result.startedAtSeconds,
    lateSeconds: 0,
    queuedSeconds: 0,
    endedSeconds: result.startedAtSeconds + result.durationSeconds,
    disturbance: undefined,
    ...changes,
  }
}
