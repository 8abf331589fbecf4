/**
 * The totals of scheduled targets, family after family. A thousand targets make 12 MB and ten thousand 120, so they are
 * written while the scraper reads, a page at a time, and never held as a whole.
 */
import type { Target } from '../config/schema.ts'
import { TARGET_METRICS, type TargetMetricName } from './catalogue.ts'
import { type Format, headerOf, numberText, sampleLine } from './exposition.ts'
import { type Bounds, boundText, type Exemplar, type Histogram } from './histogram.ts'
import { DURATION_BOUNDS, type LatestTotals, PHASE_BOUNDS, type RunTotals } from './run-totals.ts'
import type { Labels } from './samples.ts'
import { targetLabels } from './table.ts'

export interface TotalsRow {
  readonly target: Target
  readonly totals: RunTotals
  /** Its last result is not told any more: it is not probed at the moment. */
  readonly isQuiet?: boolean
}

/** Those that `/probe` has, too, but not from a result alone. */
const SHARED = ['probe_result_age_seconds', 'prober_overloaded'] as const
export type TotalsFamily = TargetMetricName | (typeof SHARED)[number]
export const TOTALS_FAMILIES = [...SHARED, ...Object.keys(TARGET_METRICS)] as readonly TotalsFamily[]

/**
 * Of one target and family each, the family's header before its first: lazily, since whoever sends them gives others a
 * turn now and then. `nowSeconds`: by the schedule's clock, for the age of the results.
 */
export function* totalsLines(rows: readonly TotalsRow[], format: Format, nowSeconds: () => number): Generator<string> {
  for (const name of TOTALS_FAMILIES) {
    let isHeaded = false
    for (const row of rows) {
      const lines = linesOf(name, row, format, nowSeconds)
      if (lines === '') continue
      yield isHeaded ? lines : headerOf(name, format) + lines
      isHeaded = true
    }
  }
}

function linesOf(name: TotalsFamily, row: TotalsRow, format: Format, nowSeconds: () => number): string {
  let lines = ''
  for (const { labels, value } of totalsOf(name, row, nowSeconds)) {
    const own = targetLabels(row.target, name, labels)
    lines += typeof value === 'number' ? sampleLine(name, own, value) : histogramLines(name, own, value, format)
  }
  return lines
}

/** One series of a family; a histogram is one, too. */
export interface Total {
  /** Without the target's own. */
  readonly labels?: Labels
  readonly value: number | Histogram
}

export function totalsOf(
  name: TotalsFamily,
  { totals, isQuiet = false }: Omit<TotalsRow, 'target'>,
  nowSeconds: () => number,
): readonly Total[] {
  const latest = isQuiet ? undefined : totals.latest
  const ofLatest = (value: (run: LatestTotals) => number) => (latest === undefined ? [] : [{ value: value(latest) }])
  switch (name) {
    case 'probe_last_run_timestamp_seconds':
      return ofLatest(({ startedAtSeconds }) => startedAtSeconds)
    case 'probe_result_age_seconds':
      return ofLatest(({ endedSeconds }) => ageSeconds(endedSeconds, nowSeconds()))
    case 'prober_overloaded':
      return isQuiet || totals.attempts === 0 ? [] : [{ value: totals.isOverloaded ? 1 : 0 }]
    case 'probe_run_attempts':
      return ofLatest(({ attempts }) => attempts)
    case 'probe_first_attempt_success':
      return ofLatest(({ isFirstOk }) => (isFirstOk ? 1 : 0))
    case 'probe_burst_success_ratio':
      return latest?.successRatio === undefined ? [] : [{ value: latest.successRatio }]
    case 'probe_runs_total':
      return [{ value: totals.runs }]
    case 'probe_attempts_total':
      return [{ value: totals.attempts }]
    case 'probe_attempt_failures_total':
      return [{ value: totals.failedAttempts }]
    case 'prober_overloaded_runs_total':
      return [{ value: totals.overloadedRuns }]
    case 'prober_undecided_runs_total':
      return [{ value: totals.undecidedRuns }]
    case 'probe_failures_total':
      return Array.from(totals.failures.values(), ({ phase, reason, count }) => ({
        labels: { phase, reason },
        value: count,
      }))
    case 'probe_run_duration_seconds':
      return [{ value: totals.duration }]
    case 'probe_run_phase_duration_seconds':
      return Array.from(totals.phases, ([phase, value]) => ({ labels: { phase }, value }))
  }
}

/** Whole microseconds: what a double of Unix time can tell. */
export function ageSeconds(endedSeconds: number, nowSeconds: number): number {
  return Math.round((nowSeconds - endedSeconds) * 1e6) / 1e6
}

const BOUND_TEXTS: ReadonlyMap<Bounds, readonly string[]> = new Map(
  [DURATION_BOUNDS, PHASE_BOUNDS].map((bounds) => [bounds, [...bounds, Number.POSITIVE_INFINITY].map(boundText)]),
)

/** By hand: they are nine of ten lines of a scrape. */
function histogramLines(
  name: string,
  labels: string,
  { bounds, counts, sum, exemplars }: Histogram,
  format: Format,
): string {
  const start = `${name}_bucket${labels.slice(0, -1)},le="`
  const told = format === 'openmetrics' ? exemplars : undefined
  let text = ''
  let count = 0
  for (const [place, bound] of (BOUND_TEXTS.get(bounds) ?? []).entries()) {
    count += counts[place] ?? 0
    text += `${start}${bound}"} ${count}${exemplarText(told?.[place])}\n`
  }
  return `${text}${name}_sum${labels} ${numberText(sum)}\n${name}_count${labels} ${count}\n`
}

/** OpenMetrics alone has them, and lets their labels have 128 characters: the trace's id takes 40. */
function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { traceId, value, atSeconds } = exemplar
  return ` # {trace_id="${traceId}"} ${numberText(value)} ${atSeconds.toFixed(3)}`
}
