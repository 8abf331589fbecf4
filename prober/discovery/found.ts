/** What a source of targets has: targets, and what was left out, with the reason. */
import type { Target } from '../config/schema.ts'

export const SKIP_REASONS = [
  'address_invalid',
  'gateway_unknown',
  'host_missing',
  'interval_invalid',
  'module_unknown',
  'module_unsuited',
  'name_taken',
  'not_attached',
  'object_invalid',
  'opted_out',
  'path_invalid',
  'port_missing',
  'too_many',
  'wildcard_host',
] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

export interface Skipped {
  /** Of the target that it would have been, as far as it is known. */
  readonly name: string
  readonly reason: SkipReason
  /** What was found; what to write. */
  readonly message: string
}

export interface Found {
  readonly targets: readonly Target[]
  readonly skipped: readonly Skipped[]
}

/** As many as one prober has been measured with; a cluster that makes more has gone astray. */
export const MOST_TARGETS = 20_000

export const NOTHING: Found = { targets: [], skipped: [] }

/** In a loop: ten thousand small lists take flatMap five times as long. */
export function joinFound(all: readonly Found[]): Found {
  const targets: Target[] = []
  const skipped: Skipped[] = []
  for (const found of all) {
    for (const target of found.targets) targets.push(target)
    for (const each of found.skipped) skipped.push(each)
  }
  return { targets, skipped }
}

export function isSkipped(made: Target | Skipped): made is Skipped {
  return 'reason' in made
}

export function foundOf(made: readonly (Target | Skipped)[]): Found {
  return { targets: made.filter((each): each is Target => !isSkipped(each)), skipped: made.filter(isSkipped) }
}
