/** Three significant digits: `812 µs`, `20.4 ms`, `1.50 s`. Each unit ends where it would round to 1000. */
export function durationText(seconds: number): string {
  if (seconds < 1e-6) return `${(seconds * 1e6).toPrecision(1)} µs`
  if (seconds < 0.000_999_5) return `${(seconds * 1e6).toPrecision(3).replace(/\.0*$/, '')} µs`
  if (seconds < 0.9995) return `${(seconds * 1000).toPrecision(3)} ms`
  return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`
}

const STEPS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** The largest unit that fills: `3 d`, `5 min`, `12 s`. */
export function spanText(seconds: number): string {
  const step = STEPS.find(([, unitSeconds]) => seconds >= 2 * unitSeconds)
  return step === undefined ? `${Math.max(0, Math.round(seconds))} s` : `${Math.floor(seconds / step[1])} ${step[0]}`
}
