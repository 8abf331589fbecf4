/** All that was found as one list: names are unique, and those of the configuration are taken. */
import { keepingSame } from '../config/same-target.ts'
import type { Target } from '../config/schema.ts'
import type { FoundBy } from './finder.ts'
import { MOST_TARGETS, type SkipReason, type Skipped } from './found.ts'

export interface Collected {
  readonly targets: readonly Target[]
  readonly sources: ReadonlyMap<string, SourceCount>
}

export interface SourceCount {
  readonly targets: number
  readonly skipped: readonly Skipped[]
}

/** `known`: of before; what is as it was stays the same value. */
export function collect(all: readonly FoundBy[], written: readonly Target[], known: readonly Target[]): Collected {
  const owners = new Map<string, Owner>(written.map(({ name }) => [name, 'configuration']))
  const kept = once(() => keepingSame(known))
  const targets: Target[] = []
  const sources = new Map<string, { targets: number; skipped: Skipped[] }>()
  for (const { source, found } of all) {
    const count = sources.get(source) ?? { targets: 0, skipped: [] }
    sources.set(source, count)
    for (const each of found.skipped) count.skipped.push(each)
    for (const target of found.targets) {
      const refused = refusal(owners.get(target.name), targets.length)
      if (refused !== undefined) {
        count.skipped.push({ name: target.name, ...refused })
        continue
      }
      owners.set(target.name, 'source')
      // Mostly nothing has changed up to here.
      targets.push(known[targets.length] === target ? target : kept()(target))
      count.targets += 1
    }
  }
  return { targets, sources }
}

type Owner = 'configuration' | 'source'

function refusal(
  owner: Owner | undefined,
  count: number,
): { readonly reason: SkipReason; readonly message: string } | undefined {
  if (owner === 'configuration')
    return { reason: 'name_taken', message: 'a target of the configuration has the same name' }
  if (owner === 'source')
    return { reason: 'name_taken', message: 'a target that was found before it has the same name' }
  return count < MOST_TARGETS
    ? undefined
    : { reason: 'too_many', message: `there are more than ${MOST_TARGETS} targets` }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
