import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
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
  readonly onResult: (target: Target, result: Result) => void
  readonly onError: (target: Target, error: unknown) => void
}

export interface Scheduler {
  /** From now on exactly these. Unchanged targets keep their clock and their running probe. */
  reconcile(targets: readonly Target[]): void
  targetCount(): number
  /** Runs left out: the one before still ran, or the process was late by whole intervals. */
  missedRuns(): number
  /** Starts nothing more; what runs may end within the grace, then it is aborted. Resolves when all has ended. */
  stop(graceSeconds: number): Promise<void>
}

interface Job {
  readonly target: Target
  readonly abort: AbortController
  run: Promise<void> | undefined
  cancelTimer: () => void
}

export function createScheduler({ clock, probe, onResult, onError }: SchedulerParts): Scheduler {
  let jobs = new Map<string, Job>()
  const running = new Set<Promise<void>>()
  let missed = 0

  function start(target: Target): Job {
    const job: Job = { target, abort: new AbortController(), run: undefined, cancelTimer: () => undefined }
    const planned = nextStart(clock.nowSeconds(), target.intervalSeconds, offsetOf(target))
    wait(job, planned)
    return job
  }

  function wait(job: Job, plannedSeconds: number): void {
    job.cancelTimer = clock.after(plannedSeconds - clock.nowSeconds(), () => tick(job, plannedSeconds))
  }

  function tick(job: Job, plannedSeconds: number): void {
    const { intervalSeconds } = job.target
    // A timer may fire a moment early: counted from the plan, the same run does not come twice.
    const now = Math.max(plannedSeconds, clock.nowSeconds())
    const next = nextStart(now, intervalSeconds, offsetOf(job.target))
    missed += Math.max(0, Math.round((next - plannedSeconds) / intervalSeconds) - 1)
    if (job.run === undefined) launch(job)
    else missed += 1
    wait(job, next)
  }

  function launch(job: Job): void {
    const run = probeOnce(job).finally(() => {
      job.run = undefined
      running.delete(run)
    })
    job.run = run
    running.add(run)
  }

  async function probeOnce({ target, abort }: Job): Promise<void> {
    try {
      const result = await probe(target, abort.signal)
      // Removed or changed meanwhile: this answer is to a question that nobody asks any more.
      if (!abort.signal.aborted) onResult(target, result)
    } catch (error) {
      onError(target, error)
    }
  }

  function end({ abort, cancelTimer }: Job): void {
    cancelTimer()
    abort.abort()
  }

  return {
    reconcile(targets) {
      const before = jobs
      jobs = new Map()
      for (const target of targets) {
        const known = before.get(target.name)
        const isKept = known !== undefined && isSameTarget(known.target, target)
        if (isKept) before.delete(target.name)
        jobs.set(target.name, isKept ? known : start(target))
      }
      for (const job of before.values()) end(job)
    },
    targetCount: () => jobs.size,
    missedRuns: () => missed,
    async stop(graceSeconds) {
      const stopped = [...jobs.values()]
      jobs = new Map()
      for (const job of stopped) job.cancelTimer()
      const cancelGrace = clock.after(graceSeconds, () => {
        for (const job of stopped) end(job)
      })
      await Promise.all(running)
      cancelGrace()
    },
  }
}

export function isSameTarget(a: Target, b: Target): boolean {
  return (
    a.name === b.name &&
    a.address === b.address &&
    a.module === b.module &&
    a.intervalSeconds === b.intervalSeconds &&
    JSON.stringify(Object.entries(a.labels)) === JSON.stringify(Object.entries(b.labels))
  )
}

function offsetOf({ name, intervalSeconds }: Target): number {
  return offsetSeconds(name, intervalSeconds)
}
