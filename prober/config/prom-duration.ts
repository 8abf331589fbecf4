/** Prometheus' own grammar of durations, which has days and no fractions: `15d`, `1h30m`, `500ms`. */
import { parsedText } from './field.ts'
import type { Parsed } from './parsed.ts'

const SECONDS = {
  y: 31_536_000,
  w: 604_800,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
} as const satisfies Readonly<Record<string, number>>

/** Each unit once, the largest first. */
const GRAMMAR = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/

/** Its units stand in this order so that the documentation knows it for a duration. */
const PATTERN = '^(\\d+(ms|s|m|h|d|w|y))+$'

export function parsePromDuration(text: string): Parsed<number> {
  const quoted = `duration ${JSON.stringify(text)}`
  if (/^\d+$/.test(text)) return { ok: false, message: `${quoted} has no unit; add one, as in "${text}s"` }
  if (text === '' || !GRAMMAR.test(text))
    return { ok: false, message: `${quoted} is none of Prometheus’; write one as in "2m", "1h30m" or "15d"` }
  let seconds = 0
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+)([a-z]+)/g))
    seconds += Number(number) * SECONDS[unit as keyof typeof SECONDS]
  return { ok: true, value: seconds }
}

export const promSeconds = parsedText(parsePromDuration).meta({ pattern: PATTERN, examples: ['2m', '1h30m', '15d'] })

/** In the largest unit of which it is a whole number, up to days: `15d`, `90s`. */
export function formatPromDuration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000)
  if (milliseconds === 0) return '0s'
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => milliseconds % (SECONDS[name] * 1000) === 0)
  return unit === undefined ? `${milliseconds}ms` : `${milliseconds / (SECONDS[unit] * 1000)}${unit}`
}
