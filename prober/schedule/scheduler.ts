import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import type { Run } from '../probes/run.ts'
import { nextStart, offsetSeconds } from './plan.ts'

export interface Clock {
  /** Unix time that never runs backwards. */
  nowSeconds(): number
  /** Calls once, no earlier than a timer may err; the returned function cancels. */
  after(seconds: number, call: () => void): () => void
}

export interface SchedulerParts {
  readonly clock: Clock
  /** Settles soon after the signal fires; rejects only for a bug of ours. */
  readonly probe: (target: Target, signal: AbortSignal) => Promise<Result>
  readonly onRun: (target: Target, run: Run) => void
  readonly onError: (target: Target, error: unknown) => void
}

export interface Scheduler {
  /** From now on exactly these; none once stopped. Unchanged targets keep their clock and their running probe. */
  reconcile(targets: readonly Target[]): void
  targetCount(): number
  /** Runs left out: the one before still ran, or the process was late by whole intervals. */
  missedRuns(): number
  /** Starts nothing more; what runs may end within the grace, then it is aborted. Resolves when all has ended. */
  stop(graceSeconds: number): Promise<void>
}

export function createScheduler(parts: SchedulerParts): Scheduler {
  const tally: Tally = { missedRuns: 0, running: new Set() }
  let jobs = new Map<string, Job>()
  let isStopped = false
  return {
    reconcile(targets) {
      if (isStopped) return
      const before = jobs
      jobs = new Map()
      for (const target of targets) {
        const known = before.get(target.name)
        const isKept = known !== undefined && isSameTarget(known.target, target)
        if (isKept) before.delete(target.name)
        jobs.set(target.name, isKept ? known : startJob(target, parts, tally))
      }
      for (const job of before.values()) job.abort()
    },
    targetCount: () => jobs.size,
    missedRuns: () => tally.missedRuns,
    async stop(graceSeconds) {
      isStopped = true
      const stopped = [...jobs.values()]
      jobs = new Map()
      for (const job of stopped) job.rest()
      const cancelGrace = parts.clock.after(graceSeconds, () => {
        for (const job of stopped) job.abort()
      })
      await Promise.all(tally.running)
      cancelGrace()
    },
  }
}

/** What all jobs of a scheduler share. */
interface Tally {
  missedRuns: number
  /** Also runs of targets that were removed, until they have ended. */
  readonly running: Set<Promise<void>>
}

/** One target and its clock. */
interface Job {
  readonly target: Target
  /** No further run. */
  rest(): void
  /** Nor the running one: its result is not told. */
  abort(): void
}

function startJob(target: Target, parts: SchedulerParts, tally: Tally): Job {
  const { clock } = parts
  const { intervalSeconds } = target
  const offset = offsetSeconds(target.name, intervalSeconds)
  const aborter = new AbortController()
  let isRunning = false
  let cancelTimer = wait(nextStart(clock.nowSeconds(), intervalSeconds, offset))

  function wait(plannedSeconds: number): () => void {
    return clock.after(plannedSeconds - clock.nowSeconds(), () => tick(plannedSeconds))
  }

  function tick(plannedSeconds: number): void {
    // A timer may fire a moment early: counted from the plan, the same run does not come twice.
    const next = nextStart(Math.max(plannedSeconds, clock.nowSeconds()), intervalSeconds, offset)
    tally.missedRuns += Math.max(0, Math.round((next - plannedSeconds) / intervalSeconds) - 1)
    if (isRunning) tally.missedRuns += 1
    else launch(Math.max(0, clock.nowSeconds() - plannedSeconds))
    cancelTimer = wait(next)
  }

  function launch(lateSeconds: number): void {
    isRunning = true
    const run = runOnce(target, parts, lateSeconds, aborter.signal).finally(() => {
      isRunning = false
      tally.running.delete(run)
    })
    tally.running.add(run)
  }

  const rest = () => cancelTimer()
  return {
    target,
    rest,
    abort() {
      rest()
      aborter.abort()
    },
  }
}

async function runOnce(target: Target, parts: SchedulerParts, lateSeconds: number, signal: AbortSignal): Promise<void> {
  try {
    const result = await parts.probe(target, signal)
    // Removed or changed meanwhile: this answer is to a question that nobody asks any more.
    if (!signal.aborted) parts.onRun(target, { result, first: result, attempts: 1, lateSeconds, queuedSeconds: 0 })
  } catch (error) {
    parts.onError(target, error)
  }
}

export function isSameTarget(a: Target, b: Target): boolean {
  return (
    a.name === b.name &&
    a.address === b.address &&
    a.module === b.module &&
    a.intervalSeconds === b.intervalSeconds &&
    a.hostname === b.hostname &&
    a.question?.name === b.question?.name &&
    a.question?.type === b.question?.type &&
    a.addresses === b.addresses &&
    JSON.stringify(Object.entries(a.labels)) === JSON.stringify(Object.entries(b.labels))
  )
}
