/**
 * The totals of scheduled targets, family after family. A thousand targets make 12 MB and ten thousand 120, so they are
 * written while the scraper reads, a piece at a time, and never held as a whole.
 */
import { setImmediate } from 'node:timers/promises'
import type { Target } from '../config/schema.ts'
import { TARGET_METRICS, type TargetMetricName } from './catalogue.ts'
import { type Format, headerOf, numberText, sampleLine } from './exposition.ts'
import { type Bounds, boundText, type Histogram } from './histogram.ts'
import { DURATION_BOUNDS, PHASE_BOUNDS, type RunTotals } from './run-totals.ts'
import type { Labels } from './samples.ts'
import { PIECE_LENGTH, targetLabels } from './table.ts'

export interface TotalsRow {
  readonly target: Target
  readonly totals: RunTotals
  /** Its last result is not told any more: it is not probed at the moment. */
  readonly isQuiet?: boolean
}

type Family = TargetMetricName | 'probe_result_age_seconds'
const FAMILIES = ['probe_result_age_seconds', ...Object.keys(TARGET_METRICS)] as readonly Family[]

/** Each ends with a whole line. `nowSeconds`: Unix time, for the age of the results. */
export async function* totalsPieces(
  rows: readonly TotalsRow[],
  format: Format,
  nowSeconds: () => number,
): AsyncGenerator<string> {
  for (const name of FAMILIES) {
    let isHeaded = false
    let piece = ''
    for (const row of rows) {
      const lines = linesOf(name, row, nowSeconds)
      if (lines === '') continue
      piece += isHeaded ? lines : headerOf(name, format) + lines
      isHeaded = true
      if (piece.length < PIECE_LENGTH) continue
      yield piece
      piece = ''
      await setImmediate()
    }
    if (piece !== '') yield piece
  }
}

function linesOf(name: Family, { target, totals, isQuiet = false }: TotalsRow, nowSeconds: () => number): string {
  const latest = isQuiet ? undefined : totals.latest
  const line = (value: number, labels?: Labels) => sampleLine(name, targetLabels(target, name, labels), value)
  switch (name) {
    case 'probe_last_run_timestamp_seconds':
      return latest === undefined ? '' : line(latest.result.startedAtSeconds)
    case 'probe_result_age_seconds':
      return latest === undefined ? '' : line(Math.max(0, ageSeconds(latest.result, nowSeconds())))
    case 'probe_run_attempts':
      return latest === undefined ? '' : line(latest.attempts)
    case 'probe_first_attempt_success':
      return latest === undefined ? '' : line(latest.first.outcome.ok ? 1 : 0)
    case 'probe_runs_total':
      return line(totals.runs)
    case 'probe_attempts_total':
      return line(totals.attempts)
    case 'probe_failures_total':
      return joined(totals.failures.values(), ({ phase, reason, count }) => line(count, { phase, reason }))
    case 'probe_run_duration_seconds':
      return histogramLines(name, targetLabels(target, name), totals.duration)
    case 'probe_run_phase_duration_seconds':
      return joined(totals.phases, ([phase, histogram]) =>
        histogramLines(name, targetLabels(target, name, { phase }), histogram),
      )
  }
}

/** Below 0 when the machine's clock was set back since. */
export function ageSeconds(
  { startedAtSeconds, durationSeconds }: { readonly startedAtSeconds: number; readonly durationSeconds: number },
  nowSeconds: number,
): number {
  return nowSeconds - startedAtSeconds - durationSeconds
}

const BOUND_TEXTS: ReadonlyMap<Bounds, readonly string[]> = new Map(
  [DURATION_BOUNDS, PHASE_BOUNDS].map((bounds) => [bounds, [...bounds, Number.POSITIVE_INFINITY].map(boundText)]),
)

/** By hand: they are nine of ten lines of a scrape. */
function histogramLines(name: string, labels: string, { bounds, counts, sum }: Histogram): string {
  const start = `${name}_bucket${labels.slice(0, -1)},le="`
  let text = ''
  let count = 0
  for (const [place, bound] of (BOUND_TEXTS.get(bounds) ?? []).entries()) {
    count += counts[place] ?? 0
    text += `${start}${bound}"} ${count}\n`
  }
  return `${text}${name}_sum${labels} ${numberText(sum)}\n${name}_count${labels} ${count}\n`
}

function joined<T>(items: Iterable<T>, text: (item: T) => string): string {
  let all = ''
  for (const item of items) all += text(item)
  return all
}
