import type { Target } from '../config/schema.ts'
import type { Run } from '../probes/run.ts'
import { keep } from './kept.ts'

/** `endedSeconds`: for the age of the result. */
export interface LatestRun extends Pick<Run, 'result' | 'endedSeconds'> {
  readonly target: Target
}

/**
 * The last result of each scheduled target, in the order of the configuration. It is written over by the next one: who
 * wants to keep it beyond a turn of the event loop copies it.
 */
export interface Latest {
  add(target: Target, run: Pick<Run, 'result' | 'endedSeconds'>): void
  /** As if it had not run yet: it is in a quiet window. */
  forget(target: Target): void
  /** Forgets what is no longer scheduled under this very definition. */
  retain(targets: readonly Target[]): void
  /** All that are scheduled here: of several shards, this one's. */
  targets(): readonly Target[]
  /** Only those that have run. */
  list(): readonly LatestRun[]
  of(name: string): LatestRun | undefined
}

export function createLatest(isSame: (a: Target, b: Target) => boolean): Latest {
  let scheduled = new Map<string, Target>()
  let runs = new Map<string, LatestRun>()
  return {
    add(target, { result, endedSeconds }) {
      const current = scheduled.get(target.name)
      if (current === undefined || !isSame(current, target)) return
      const before = runs.get(target.name)
      runs.set(target.name, { target, result: keep(before?.result, result), endedSeconds })
    },
    forget: ({ name }) => void runs.delete(name),
    retain(targets) {
      scheduled = new Map(targets.map((target) => [target.name, target]))
      runs = new Map(
        [...runs].filter(([name, run]) => {
          const current = scheduled.get(name)
          return current !== undefined && isSame(current, run.target)
        }),
      )
    },
    targets: () => [...scheduled.values()],
    list: () => [...scheduled.keys()].flatMap((name) => runs.get(name) ?? []),
    of: (name) => runs.get(name),
  }
}
