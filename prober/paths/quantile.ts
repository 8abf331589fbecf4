/** Of values in any order, between its neighbours by weight: Hyndman and Fan, "Sample Quantiles", 1996, definition 7. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** The middle, and how far the middle half of the values reaches: outliers move neither. */
export interface Measured {
  readonly seconds: number
  readonly spreadSeconds: number
}

export function measured(values: readonly number[]): Measured {
  return { seconds: quantile(values, 0.5), spreadSeconds: spread(values) }
}

/** Interquartile range. Unlike the median deviation it sees a second mode as soon as a quarter of the values is in it. */
export function spread(values: readonly number[]): number {
  return quantile(values, 0.75) - quantile(values, 0.25)
}
