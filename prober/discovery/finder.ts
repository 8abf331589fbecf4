import type { Config } from '../config/schema.ts'
import type { Found } from './found.ts'

/** Looks for targets in one kind of place, from all the sources of it that the configuration names. */
export interface Finder extends AsyncDisposable {
  /** From now on these; what a source that stays has found stays. */
  configure(config: Pick<Config, 'discovery' | 'modules'>): void
  /** At the moment, in the order of the configuration. */
  found(): readonly FoundBy[]
  health(): readonly Health[]
}

export interface FoundBy {
  /** As metrics name it: `file`, `kubernetes/ingress`. */
  readonly source: string
  readonly found: Found
}

/** Of a part of a source: a file, a namespace. */
export interface Health {
  readonly source: string
  /** What is known is what the source has. */
  readonly isSynced: boolean
  /** Unix time; undefined: never. */
  readonly lastHeardSeconds: number | undefined
}
