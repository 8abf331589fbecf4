import { setImmediate } from 'node:timers/promises'
import { isSameTarget } from '../config/same-target.ts'
import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import type { Run } from '../probes/run.ts'
import type { Clock } from './clock.ts'
import { type Job, type JobParts, startJob, type Tally } from './job.ts'
import { createPlaces } from './places.ts'
import { createPunctuality, type Trouble } from './punctuality.ts'
import { createQuietWatch } from './quiet-watch.ts'

export interface SchedulerParts {
  readonly clock: Clock
  /** Settles soon after the signal fires; rejects only for a bug of ours. */
  readonly probe: (target: Target, signal: AbortSignal) => Promise<Result>
  readonly onRun: (target: Target, run: Run) => void
  /** The prober was held up, and the run found nothing that could be held against the target. */
  readonly onUndecided?: (target: Target, run: Run) => void
  /** A quiet window of the target has begun: what was last found no longer stands. */
  readonly onQuiet?: (target: Target) => void
  readonly onError: (target: Target, error: unknown) => void
  /** Scheduled probes at the same time; 0 or none: no limit. */
  readonly maxConcurrent?: number
  /** Lets everything else have a turn between two pieces of a reload. */
  readonly turn?: () => Promise<unknown>
}

export interface Scheduler {
  /**
   * From now on exactly these; none once stopped. Unchanged targets keep their clock and their running probe. Thousands
   * are taken over in pieces; a later call ends an earlier one that is still at it.
   */
  reconcile(targets: readonly Target[]): Promise<void>
  targetCount(): number
  /** Runs left out: the one before still ran, or the process was late by whole intervals. */
  missedRuns(): number
  /** Probes that are due and wait for a place. */
  queueLength(): number
  quietTargets(): number
  /** Runs are missed, and not only for a moment; undefined: the intervals are held, or there are none. */
  trouble(): Trouble | undefined
  /** Starts nothing more; what runs may end within the grace, then it is aborted. Resolves when all has ended. */
  stop(graceSeconds: number): Promise<void>
}

/** Targets compared or started before the event loop gets a turn: 2 ms at most. */
export const TARGETS_AT_ONCE = 500

export function createScheduler(parts: SchedulerParts): Scheduler {
  const { clock, turn = setImmediate } = parts
  const tally: Tally = { missedRuns: 0, running: new Set() }
  const places = createPlaces(parts.maxConcurrent ?? 0)
  const quietWatch = createQuietWatch(clock, (target) => parts.onQuiet?.(target))
  const punctuality = createPunctuality(clock.nowSeconds)
  const jobParts: JobParts = { ...parts, places, punctuality, isQuiet: quietWatch.isQuiet }
  const jobs = new Map<string, Job>()
  let reloads = 0
  let isStopped = false

  /** Resolves to whether it came to the end: a stop or a later reload ends it. */
  async function inPieces<T>(reload: number, items: Iterable<T>, visit: (item: T) => void): Promise<boolean> {
    let visited = 0
    for (const item of items) {
      if (visited > 0 && visited % TARGETS_AT_ONCE === 0) await turn()
      if (isStopped || reload !== reloads) return false
      visit(item)
      visited += 1
    }
    return true
  }

  return {
    async reconcile(targets) {
      if (isStopped) return
      reloads += 1
      const own = reloads
      const wanted = new Map(targets.map((target) => [target.name, target]))
      const isCleared = await inPieces(own, jobs.values(), (job) => {
        if (isSameTarget(job.target, wanted.get(job.target.name))) return
        job.abort()
        jobs.delete(job.target.name)
      })
      if (!isCleared) return
      const isDone = await inPieces(own, targets, (target) => {
        if (!jobs.has(target.name)) jobs.set(target.name, startJob(target, jobParts, tally))
      })
      if (isDone) quietWatch.watch([...jobs.values()].map(({ target }) => target))
    },
    targetCount: () => jobs.size,
    missedRuns: () => tally.missedRuns,
    queueLength: places.waiting,
    quietTargets: quietWatch.quietTargets,
    trouble: () => (jobs.size === 0 ? undefined : punctuality.trouble()),
    async stop(graceSeconds) {
      isStopped = true
      quietWatch.stop()
      const stopped = [...jobs.values()]
      jobs.clear()
      for (const job of stopped) job.rest()
      const cancelGrace = clock.after(graceSeconds, () => {
        for (const job of stopped) job.abort()
      })
      await Promise.all(tally.running)
      cancelGrace()
    },
  }
}
