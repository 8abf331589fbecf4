import type { Target } from '../config/schema.ts'
import type { TotalsRow } from '../metrics/run-table.ts'
import { countRun, countUndecidedRun, noRuns } from '../metrics/run-totals.ts'
import type { Run } from '../probes/run.ts'
import type { Latest } from './latest.ts'

/** Counts the runs of each scheduled target for as long as it stays what it is. */
export interface Tally {
  add(target: Target, run: Run): void
  addUndecided(target: Target, run: Run): void
  /** What was removed or changed is forgotten, what is new begins at 0; the rest counts on. */
  retain(targets: readonly Target[]): void
  /** In the order of the configuration, those that have not run yet among them. */
  list(): readonly TotalsRow[]
  of(name: string): TotalsRow | undefined
}

/** `nowSeconds`: Unix time, since when a target is counted. */
export function createTally(isSame: (a: Target, b: Target) => boolean, nowSeconds = unixSeconds): Tally {
  let rows = new Map<string, TotalsRow>()
  const counting = (count: typeof countRun) => (target: Target, run: Run) => {
    const row = rows.get(target.name)
    if (row !== undefined && isSame(row.target, target)) count(row.totals, run)
  }
  return {
    add: counting(countRun),
    addUndecided: counting(countUndecidedRun),
    retain(targets) {
      const now = nowSeconds()
      const retained: typeof rows = new Map()
      for (const target of targets) {
        const row = rows.get(target.name)
        const isKept = row !== undefined && isSame(row.target, target)
        retained.set(target.name, isKept ? row : { target, totals: noRuns(now) })
      }
      rows = retained
    },
    list: () => [...rows.values()],
    of: (name) => rows.get(name),
  }
}

/** Those of them that are quiet, marked: their latest run is forgotten. Who had none yet may say that it was held up. */
export function totalsRows(tally: Tally, latest: Latest): readonly TotalsRow[] {
  return tally.list().map((row) => {
    const isQuiet = row.totals.latest !== undefined && latest.of(row.target.name) === undefined
    return { ...row, isQuiet }
  })
}

function unixSeconds(): number {
  return Date.now() / 1000
}
