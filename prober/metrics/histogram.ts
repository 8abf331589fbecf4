/** Classic histograms of durations: how many were how long at most. */

/** Upper bounds in seconds; the last one, without a bound, is not among them. */
export type Bounds = readonly number[]

export interface Histogram {
  readonly bounds: Bounds
  /** One more than there are bounds; each value counts in one place only. */
  readonly counts: number[]
  sum: number
  /** Of each place the newest, if it was given any. */
  exemplars?: (Exemplar | undefined)[]
}

/** One value of many, and the trace that tells its story. */
export interface Exemplar {
  readonly traceId: string
  readonly value: number
  /** Unix time. */
  readonly atSeconds: number
}

export function emptyHistogram(bounds: Bounds): Histogram {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
}

export function observe(histogram: Histogram, value: number, exemplar?: Exemplar): void {
  const { bounds, counts } = histogram
  let place = 0
  while (place < bounds.length && value > (bounds[place] ?? 0)) place++
  counts[place] = (counts[place] ?? 0) + 1
  histogram.sum += value
  if (exemplar === undefined) return
  histogram.exemplars ??= Array.from(counts, () => undefined)
  histogram.exemplars[place] = exemplar
}

/** As OpenMetrics writes floats, so that both formats name the same series: `1.0`, `0.25`, `+Inf`. */
export function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound)
}
