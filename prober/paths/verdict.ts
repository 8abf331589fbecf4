/** Whether a path works, and who is to blame when it does not. */
import { type Phase, type Reason, REASON_MEANINGS } from '../net/outcome.ts'
import type { Outcome } from '../probes/result.ts'
import type { Slow } from './slowness.ts'

/** Closed, as reasons are: values of a metric label. */
export const BLAME_MEANINGS = {
  ...REASON_MEANINGS,
  slow: 'the path works, but this hop adds more than it usually does, and more than noise explains',
} as const satisfies Readonly<Record<string, string>>
export type BlameReason = keyof typeof BLAME_MEANINGS

export type Blame =
  | { readonly hop: string; readonly phase: Phase; readonly reason: Reason; readonly message: string }
  | { readonly hop: string; readonly phase: Phase; readonly reason: 'slow'; readonly slow: Slow }

export interface HopFinding {
  readonly hop: string
  /** undefined: it is missing. It did not run on this beat, or the prober itself was to blame for what it found. */
  readonly outcome: Outcome | undefined
}

export interface Verdict {
  /** The beat, in unixtime. */
  readonly plannedSeconds: number
  /** From the outermost to the innermost. */
  readonly hops: readonly HopFinding[]
  /** That of the outermost hop, which is what users meet; undefined: it is missing. */
  readonly isOk: boolean | undefined
  /** undefined: nobody, or nobody knows. */
  readonly blame: Blame | undefined
}

/**
 * Of the failing hops that follow on one another from the outermost: the innermost, as each of the others may fail
 * because of it. Where that run ends at a hop that is missing, nobody knows whether it goes on.
 */
export function brokenHop(hops: readonly HopFinding[]): Blame | undefined {
  const end = hops.findIndex(({ outcome }) => outcome?.ok !== false)
  if (end >= 0 && hops[end]?.outcome === undefined) return undefined
  const { hop, outcome } = hops.at(end < 0 ? -1 : end - 1) ?? {}
  if (end === 0 || hop === undefined || outcome?.ok !== false) return undefined
  const { phase, reason, message } = outcome
  return { hop, phase, reason, message }
}
