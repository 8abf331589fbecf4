/** Beats of a path made by hand. */
import type { HopTarget } from '../../../prober/config/schema.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { createPathWatch } from '../../../prober/paths/path-watch.ts'
import type { Verdict } from '../../../prober/paths/verdict.ts'
import type { Run } from '../../../prober/probes/run.ts'
import { success, target } from '../metrics/results.ts'
import { run } from '../metrics/runs.ts'

export const HOPS = ['edge', 'gateway', 'service', 'pod'] as const

export function hopTarget(name: string, path = 'shop'): HopTarget {
  return { ...target({ name: `${path}/${name}`, labels: { path, hop: name } }), hop: { path, name } }
}

export const path = (name = 'shop', labels: Readonly<Record<string, string>> = {}) => ({
  name,
  labels,
  hops: HOPS.map((hop) => hopTarget(hop, name)),
})

/** One hop on one beat: its duration, what it failed for, or nothing when it did not run. */
export type Told = number | 'connect_refused' | 'http_status' | undefined

export function told(what: Exclude<Told, undefined>, plannedSeconds: number, changes: Partial<Run> = {}): Run {
  if (typeof what === 'number') {
    const phases = { connect: 0.001, processing: what - 0.001 }
    return run(success({ durationSeconds: what, phases }), { plannedSeconds, ...changes })
  }
  const phase = what === 'http_status' ? 'check' : 'connect'
  return run(success({ outcome: failure(phase, what, `it was ${what}`) }), { plannedSeconds, ...changes })
}

/** Beats ten seconds apart; each hop tells in the order of the path. */
export function createBeats() {
  const watch = createPathWatch(path())
  let plannedSeconds = 1000
  return {
    watch,
    /** The verdict on this beat, if it is over. */
    beat(all: readonly Told[]): Verdict | undefined {
      plannedSeconds += 10
      return all.reduce<Verdict | undefined>((before, what, index) => {
        if (what === undefined) return before
        return watch.add(HOPS[index] ?? '', told(what, plannedSeconds)) ?? before
      }, undefined)
    },
  }
}
