/** OpenTelemetry's time: whole seconds, and nanoseconds of the next one. */
import type { HrTime } from '@opentelemetry/api'

/** Whole microseconds of Unix time, which a double holds, and whole nanoseconds since. */
export function timeAt(unixSeconds: number, offsetSeconds = 0): HrTime {
  const microseconds = Math.round(unixSeconds * 1e6)
  const nanoseconds = (microseconds % 1e6) * 1000 + Math.round(offsetSeconds * 1e9)
  return [Math.floor(microseconds / 1e6) + Math.floor(nanoseconds / 1e9), nanoseconds % 1e9]
}
