/** Sizes as blackbox_exporter takes them: numbers with a unit, in base 2 whether or not the unit says so (`1MB` = `1MiB`). */
import type { Parsed } from './parsed.ts'

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'] as const
/** blackbox_exporter keeps bytes in an int64. */
const MOST_BYTES = 2 ** 63

export const BYTES_PATTERN = '^(0|((\\d+(\\.\\d*)?|\\.\\d+)([KMGTPE]i?)?B)+)$'

export function parseBytes(text: string): Parsed<number> {
  if (text === '0') return { ok: true, value: 0 }
  if (/^\d+(\.\d+)?$/.test(text)) return refused(text, `has no unit; add one, as in "${text}B" or "10MB"`)
  if (!new RegExp(BYTES_PATTERN).test(text)) return refused(text, 'is no size; write one as in "512KB" or "10MB"')
  let bytes = 0
  for (const [, number = '', prefix = ''] of text.matchAll(/([\d.]+)([KMGTPE]?)i?B/g)) {
    bytes += Number(number) * 1024 ** UNITS.indexOf(prefix as (typeof UNITS)[number])
  }
  if (bytes >= MOST_BYTES) return refused(text, 'is 8EB or more; write a smaller one')
  return { ok: true, value: Math.floor(bytes) }
}

function refused(text: string, why: string): Parsed<number> {
  return { ok: false, message: `size ${JSON.stringify(text)} ${why}` }
}
