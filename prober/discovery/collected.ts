/** All that was found as one list: names are unique, and those of the configuration are taken. */
import { keepingSame } from '../config/same-target.ts'
import type { Target } from '../config/schema.ts'
import type { FoundBy } from './finder.ts'
import type { SkipReason, Skipped } from './found.ts'

export interface Collected {
  readonly targets: readonly Target[]
  readonly sources: ReadonlyMap<string, SourceCount>
}

export interface SourceCount {
  readonly targets: number
  readonly skipped: readonly Skipped[]
}

/** As many as one prober has been measured with; a cluster that makes more has gone astray. */
export const MOST_TARGETS = 20_000

/** `known`: of before; what is as it was stays the same value. */
export function collect(all: readonly FoundBy[], written: readonly Target[], known: readonly Target[]): Collected {
  const names = new Set(written.map(({ name }) => name))
  const own = new Set(names)
  const kept = keepingSame(known)
  const targets: Target[] = []
  const sources = new Map<string, { targets: number; skipped: Skipped[] }>()
  for (const { source, found } of all) {
    const count = sources.get(source) ?? { targets: 0, skipped: [] }
    sources.set(source, count)
    count.skipped.push(...found.skipped)
    for (const target of found.targets) {
      const reason = refusal(target.name, names, own, targets.length)
      if (reason !== undefined) {
        count.skipped.push({ name: target.name, ...reason })
        continue
      }
      names.add(target.name)
      targets.push(kept(target))
      count.targets += 1
    }
  }
  return { targets, sources }
}

function refusal(
  name: string,
  taken: ReadonlySet<string>,
  own: ReadonlySet<string>,
  count: number,
): { readonly reason: SkipReason; readonly message: string } | undefined {
  if (taken.has(name)) {
    const owner = own.has(name) ? 'a target of the configuration' : 'a target that was found before it'
    return { reason: 'name_taken', message: `${owner} has the same name` }
  }
  return count < MOST_TARGETS
    ? undefined
    : { reason: 'too_many', message: `there are more than ${MOST_TARGETS} targets` }
}
