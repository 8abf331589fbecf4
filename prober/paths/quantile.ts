/** For `quantile`, which may be asked several times of the same values. */
export function inOrder(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort()
}

/** Between its neighbours by weight: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, definition 7. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export function median(values: readonly number[]): number {
  return quantile(inOrder(values), 0.5)
}

/** Interquartile range. Unlike the median deviation it sees a second mode as soon as a quarter of the values is in it. */
export function spread(sorted: Float64Array): number {
  return quantile(sorted, 0.75) - quantile(sorted, 0.25)
}

/** The middle, and how far the middle half of the values reaches: outliers move neither. */
export interface Measured {
  readonly seconds: number
  readonly spreadSeconds: number
}

export function measured(values: readonly number[]): Measured {
  const sorted = inOrder(values)
  return { seconds: quantile(sorted, 0.5), spreadSeconds: spread(sorted) }
}
