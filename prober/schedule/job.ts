/** One target and its clock. */
import type { Target } from '../config/schema.ts'
import { isDoubtful } from '../probes/disturbance.ts'
import type { Run } from '../probes/run.ts'
import { type Ends, makeRun, type RunParts } from './attempts.ts'
import { beatOf, nextStart, offsetSeconds } from './plan.ts'
import type { Punctuality } from './punctuality.ts'

export interface JobParts extends RunParts {
  readonly isQuiet: (target: Target) => boolean
  readonly punctuality: Punctuality
  readonly onRun: (target: Target, run: Run) => void
  /** It found nothing that could be held against the target: what was found before stands. */
  readonly onUndecided?: (target: Target, run: Run) => void
  readonly onError: (target: Target, error: unknown) => void
}

/** What all jobs of a scheduler share. */
export interface Tally {
  missedRuns: number
  /** Also runs of targets that were removed, until they have ended. */
  readonly running: Set<Promise<void>>
}

export interface Job {
  readonly target: Target
  /** No further run, nor a further attempt of the running one. */
  rest(): void
  /** Nor the running attempt: its result is not told. */
  abort(): void
}

interface Running {
  readonly resting: AbortController
  readonly aborted: AbortController
}

/** In a row. A prober that is never undisturbed must not keep a target green that may be gone: the next verdict stands. */
const MOST_UNDECIDED = 2

export function startJob(target: Target, parts: JobParts, tally: Tally): Job {
  const { clock } = parts
  const offset = offsetSeconds(beatOf(target), target.intervalSeconds)
  let intervalSeconds = target.intervalSeconds
  let running: Running | undefined
  let isResting = false
  let undecided = 0
  let cancelTimer = wait(nextStart(clock.nowSeconds(), intervalSeconds, offset))

  function wait(plannedSeconds: number): () => void {
    return clock.after(plannedSeconds - clock.nowSeconds(), () => tick(plannedSeconds))
  }

  function tick(plannedSeconds: number): void {
    // A timer may fire a moment early: counted from the plan, the same run does not come twice.
    const next = nextStart(Math.max(plannedSeconds, clock.nowSeconds()), intervalSeconds, offset)
    if (parts.isQuiet(target)) pace(true)
    else {
      const missed = Math.max(0, Math.round((next - plannedSeconds) / intervalSeconds) - 1) + (running ? 1 : 0)
      tally.missedRuns += missed
      parts.punctuality.count(missed === 0)
      if (running === undefined) launch(plannedSeconds)
    }
    cancelTimer = wait(next)
  }

  function launch(plannedSeconds: number): void {
    const controllers = { resting: new AbortController(), aborted: new AbortController() }
    running = controllers
    const ends = { resting: controllers.resting.signal, aborted: controllers.aborted.signal }
    const run = runOnce(plannedSeconds, ends).finally(() => {
      running = undefined
      tally.running.delete(run)
    })
    tally.running.add(run)
  }

  async function runOnce(plannedSeconds: number, ends: Ends): Promise<void> {
    try {
      const run = await makeRun(target, parts, plannedSeconds, ends)
      // Removed or changed meanwhile, or quiet by now: nobody asks any more.
      if (run === undefined || parts.isQuiet(target)) return
      if (isDoubtful(run.result) && undecided < MOST_UNDECIDED) {
        undecided += 1
        return parts.onUndecided?.(target, run)
      }
      undecided = 0
      if (pace(run.result.outcome.ok) && !isResting) replan()
      parts.onRun(target, run)
    } catch (error) {
      parts.onError(target, error)
    }
  }

  /** Whether it has changed. */
  function pace(isFine: boolean): boolean {
    const before = intervalSeconds
    intervalSeconds = isFine ? target.intervalSeconds : (target.intervalFailingSeconds ?? target.intervalSeconds)
    return intervalSeconds !== before
  }

  /** By the same offset: where the one interval divides the other, the runs of both fall on the same beat. */
  function replan(): void {
    cancelTimer()
    cancelTimer = wait(nextStart(clock.nowSeconds(), intervalSeconds, offset))
  }

  const rest = () => {
    isResting = true
    cancelTimer()
    running?.resting.abort()
  }
  return {
    target,
    rest,
    abort() {
      rest()
      running?.aborted.abort()
    },
  }
}
