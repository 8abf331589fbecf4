/** Go's duration grammar (time.ParseDuration): numbers, each with a unit, as in `1m30s`, `1.5h`, `300ms`. */
import type { Parsed } from './parsed.ts'

const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  // U+00B5 and U+03BC are two different characters that look alike; Go takes both.
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])
/** Go keeps nanoseconds in an int64. */
const LONGEST_NANOSECONDS = 2 ** 63

/** Matches the same texts as parseDuration accepts, overflow apart: for the JSON schema. */
export const DURATION_PATTERN = '^\\+?(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$'

export function parseDuration(written: string): Parsed<number> {
  const text = written.replace(/^\+(?=[\d.])/, '')
  if (text === '0') return { ok: true, value: 0 }
  if (/^\d+(\.\d+)?$/.test(text)) return refused(text, `has no unit; add one, as in "${text}s"`)
  if (/^-/.test(text)) return refused(text, 'is negative; write a positive one, as in "5s"')
  if (!/^((\d+(\.\d*)?|\.\d+)[^\d.]+)+$/.test(text))
    return refused(text, 'is no duration; write one as in "5s" or "1m30s"')
  let nanoseconds = 0
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)([^\d.]+)/g)) {
    const size = NANOSECONDS.get(unit)
    if (size === undefined) return refused(text, `has ${unknownUnit(unit)}; use ns, us, ms, s, m or h, as in "24h"`)
    nanoseconds += Number(number) * size
  }
  if (nanoseconds >= LONGEST_NANOSECONDS) return refused(text, 'is longer than 292 years; write a shorter one')
  return { ok: true, value: nanoseconds / 1e9 }
}

/** As Go prints a time.Duration: `1m30s`, `1h0m0s`, `300ms`, `1.5s`, `0s`. */
export function formatDuration(seconds: number): string {
  const nanoseconds = Math.round(seconds * 1e9)
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`
  const hours = Math.floor(nanoseconds / 3600e9)
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9)
  const rest = `${(nanoseconds % 60e9) / 1e9}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}

function refused(text: string, why: string): Parsed<number> {
  return { ok: false, message: `duration ${JSON.stringify(text)} ${why}` }
}

function unknownUnit(unit: string): string {
  return `the unknown unit ${JSON.stringify(unit)}`
}
