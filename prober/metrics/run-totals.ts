/** What all runs of one scheduled target come to. */
import type { Phase } from '../net/outcome.ts'
import { type Outcome, type Result, traceOf } from '../probes/result.ts'
import type { Run } from '../probes/run.ts'
import { type Bounds, emptyHistogram, type Exemplar, type Histogram, observe } from './histogram.ts'

/** From a rack to a probe that nearly ran out of time. */
export const DURATION_BOUNDS: Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Fewer, since a target has some seven phases: with those above, each target would have twice as many series. */
export const PHASE_BOUNDS: Bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]

type Failure = Extract<Outcome, { ok: false }>

export interface FailureTotal extends Pick<Failure, 'phase' | 'reason'> {
  count: number
}

/** What is told of the latest run beside its result; a run itself would keep each result of a burst. */
export interface LatestTotals {
  readonly startedAtSeconds: number
  /** By the schedule's clock. */
  readonly endedSeconds: number
  readonly attempts: number
  readonly isFirstOk: boolean
  /** Of a burst. */
  readonly successRatio: number | undefined
}

export interface RunTotals {
  /** Unix time since when is counted. */
  readonly sinceSeconds: number
  runs: number
  /** Also those of undecided runs. */
  attempts: number
  failedAttempts: number
  overloadedRuns: number
  undecidedRuns: number
  /** The latest run, undecided or not, was one of the overloaded. */
  isOverloaded: boolean
  /** By phase and reason, in the order of their first time. */
  failures: Map<string, FailureTotal>
  duration: Histogram
  /** Those that a run has reached. */
  phases: Map<Phase, Histogram>
  latest: LatestTotals | undefined
}

/**
 * Shared by all that have none yet: a reload makes ten thousand totals in one turn, and most of that time went into moving
 * what was empty in them.
 */
const NO_FAILURES: RunTotals['failures'] = new Map()
const NO_PHASES: RunTotals['phases'] = new Map()
const NO_DURATION: Histogram = emptyHistogram(DURATION_BOUNDS)

export function noRuns(sinceSeconds: number): RunTotals {
  return {
    sinceSeconds,
    runs: 0,
    attempts: 0,
    failedAttempts: 0,
    overloadedRuns: 0,
    undecidedRuns: 0,
    isOverloaded: false,
    failures: NO_FAILURES,
    duration: NO_DURATION,
    phases: NO_PHASES,
    latest: undefined,
  }
}

export function countRun(totals: RunTotals, run: Run): void {
  const { outcome } = run.result
  totals.runs += 1
  totals.latest = latestOf(run)
  if (!outcome.ok) countFailure(totals, outcome)
  for (const each of run.counted) observeDurations(totals, each)
  countAttempts(totals, run)
}

/** It says nothing of the target, and yet was made. */
export function countUndecidedRun(totals: RunTotals, run: Run): void {
  totals.undecidedRuns += 1
  countAttempts(totals, run)
}

function latestOf({ result, first, attempts, endedSeconds, counted }: Run): LatestTotals {
  const succeeded = counted.filter(({ outcome }) => outcome.ok).length
  return {
    startedAtSeconds: result.startedAtSeconds,
    endedSeconds,
    attempts,
    isFirstOk: first.outcome.ok,
    successRatio: counted.length > 1 ? succeeded / counted.length : undefined,
  }
}

function countAttempts(totals: RunTotals, { attempts, failedAttempts, disturbance }: Run): void {
  totals.attempts += attempts
  totals.failedAttempts += failedAttempts
  totals.isOverloaded = disturbance !== undefined
  if (totals.isOverloaded) totals.overloadedRuns += 1
}

function observeDurations(totals: RunTotals, result: Result): void {
  if (totals.duration === NO_DURATION) totals.duration = emptyHistogram(DURATION_BOUNDS)
  observe(totals.duration, result.durationSeconds, exemplarOf(result))
  if (totals.phases === NO_PHASES) totals.phases = new Map()
  const { phases } = totals
  for (const [phase, seconds] of Object.entries(result.phases)) observe(phaseOf(phases, phase as Phase), seconds)
}

/** A trace that nobody was asked to record leads nowhere. */
function exemplarOf(result: Result): Exemplar | undefined {
  const trace = traceOf(result)
  if (trace === undefined || !trace.sampled) return undefined
  const { durationSeconds: value, startedAtSeconds } = result
  return { traceId: trace.traceId, value, atSeconds: startedAtSeconds + value }
}

function countFailure(totals: RunTotals, { phase, reason }: Failure): void {
  const key = `${phase} ${reason}`
  const total = totals.failures.get(key) ?? { phase, reason, count: 0 }
  total.count += 1
  if (totals.failures === NO_FAILURES) totals.failures = new Map()
  totals.failures.set(key, total)
}

function phaseOf(phases: RunTotals['phases'], phase: Phase): Histogram {
  const histogram = phases.get(phase) ?? emptyHistogram(PHASE_BOUNDS)
  phases.set(phase, histogram)
  return histogram
}
