import type { Path, Target } from '../config/schema.ts'
import type { PathRow } from '../metrics/path-table.ts'
import { createPathWatch } from '../paths/path-watch.ts'
import type { Run } from '../probes/run.ts'

/** What each scheduled path is found to be, for as long as it stays what it is. */
export interface Paths {
  /** Of a target that is a hop of a path; the path, when this run brought a beat to its end. */
  add(target: Target, run: Run): PathRow | undefined
  /** The hop is in a quiet window, and so are the others. */
  forget(target: Target): void
  /** What was removed or changed is forgotten, the rest goes on. */
  retain(paths: readonly Path[]): void
  /** In the order of the configuration. */
  list(): readonly PathRow[]
}

export function createPaths(isSame: (a: Target, b: Target) => boolean): Paths {
  let watched = new Map<string, PathRow>()
  return {
    add(target, run) {
      if (target.hop === undefined) return undefined
      const { path, name } = target.hop
      const row = watched.get(path)
      const hop = row?.path.hops.find((each) => each.hop.name === name)
      if (hop === undefined || !isSame(hop, target)) return undefined
      return row?.watch.add(name, run) === undefined ? undefined : row
    },
    forget({ hop }) {
      if (hop !== undefined) watched.get(hop.path)?.watch.forget()
    },
    retain(paths) {
      const before = watched
      watched = new Map(
        paths.map((path) => {
          const row = before.get(path.name)
          const isKept = row !== undefined && isSamePath(row.path, path, isSame)
          return [path.name, isKept ? row : { path, watch: createPathWatch(path) }]
        }),
      )
    },
    list: () => [...watched.values()],
  }
}

/** Its hops carry all that it says. */
function isSamePath(a: Path, b: Path, isSame: (a: Target, b: Target) => boolean): boolean {
  return a.hops.length === b.hops.length && a.hops.every((hop, index) => b.hops[index] && isSame(hop, b.hops[index]))
}
