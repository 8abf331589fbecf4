/** What a hop adds to its path: its time minus that of the next inner hop; the innermost adds all of its time. */
import type { Phase } from '../net/outcome.ts'
import type { PhaseSeconds } from '../probes/result.ts'
import { type Measured, measured } from './quantile.ts'

/** Below 0 where the inner hop took longer, by chance or because it does what this one has done before. */
export interface Share {
  readonly seconds: number
  readonly phases: PhaseSeconds
}

/** Of a result. */
export interface Times {
  readonly durationSeconds: number
  readonly phases: PhaseSeconds
}

/** Both of one beat: what made both slow at that moment is not in the difference. */
export function shareOf(outer: Times, inner: Times = NO_TIME): Share {
  const phases = new Set([...Object.keys(outer.phases), ...Object.keys(inner.phases)] as Phase[])
  const entries = [...phases].map((phase) => [phase, (outer.phases[phase] ?? 0) - (inner.phases[phase] ?? 0)])
  return { seconds: outer.durationSeconds - inner.durationSeconds, phases: Object.fromEntries(entries) }
}

const NO_TIME: Times = { durationSeconds: 0, phases: {} }

/** What a hop adds over a window of beats. The medians of the phases need not add up to that of the whole. */
export interface Overhead extends Measured {
  /** Beats it is told from. */
  readonly beats: number
  readonly phases: ReadonlyMap<Phase, Measured>
}

/** undefined: of no share. */
export function overheadOf(shares: readonly Share[]): Overhead | undefined {
  if (shares.length === 0) return undefined
  const seen = new Set(shares.flatMap(({ phases }) => Object.keys(phases) as Phase[]))
  return {
    ...measured(shares.map(({ seconds }) => seconds)),
    beats: shares.length,
    phases: new Map([...seen].map((phase) => [phase, measured(shares.map(({ phases }) => phases[phase] ?? 0))])),
  }
}
