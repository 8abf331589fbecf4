/** `quiet:` of a target: when it is not probed. */
import { z } from 'zod'
import { length, parsedText, rules, withDefault } from './field.ts'
import { nearest } from './nearest.ts'
import type { Parsed } from './parsed.ts'
import { WEEKDAYS, type Weekday } from './weekdays.ts'

/** By the clock on the wall of its time zone. */
export interface QuietWindow {
  /** On which it begins. */
  readonly days: readonly Weekday[]
  readonly fromMinute: number
  /** Not after `fromMinute`: on the next day. */
  readonly toMinute: number
  /** IANA name or an offset: what Intl takes. */
  readonly timeZone: string
}

const MINUTES_OF_DAY = 24 * 60

function parseTimeOfDay(text: string): Parsed<number> {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (hours !== undefined && Number(minutes) < 60 && minute <= MINUTES_OF_DAY) return { ok: true, value: minute }
  return { ok: false, message: `${JSON.stringify(text)} is no time of day; write one from "00:00" to "24:00"` }
}

/** Asking Intl costs 30 µs, and thousands of targets name the same few zones. */
const KNOWN_ZONES = new Set<string>()

export function parseTimeZone(text: string): Parsed<string> {
  if (KNOWN_ZONES.has(text)) return { ok: true, value: text }
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    KNOWN_ZONES.add(text)
    return { ok: true, value: text }
  } catch {
    const guess = nearest(text, ['UTC', ...Intl.supportedValuesOf('timeZone')])
    const advice = guess === undefined ? 'write one as in "Europe/Berlin" or "UTC"' : `did you mean "${guess}"?`
    return { ok: false, message: `${JSON.stringify(text)} is no known time zone; ${advice}` }
  }
}

export const quietBlock = rules(
  z.strictObject({
    days: withDefault(
      z.array(z.enum(WEEKDAYS)).min(1, length('is empty; name days as in [sat, sun], or leave the key out')),
      [...WEEKDAYS],
      'Days on which the window begins.',
      { examples: [['sat', 'sun']] },
    ),
    from: withDefault(parsedText(parseTimeOfDay), '00:00', 'Time of day at which it begins.', { examples: ['22:00'] }),
    to: withDefault(parsedText(parseTimeOfDay), '24:00', 'At which it ends; before `from`: on the next day.', {
      examples: ['06:00'],
    }),
    timezone: withDefault(
      parsedText(parseTimeZone),
      'UTC',
      'Time zone of `from` and `to`; they follow its summer time.',
      {
        examples: ['Europe/Berlin'],
      },
    ),
  }),
  ({ from, to }, report) => {
    if (typeof from === 'number' && from === to)
      report('to', 'is the same as from; write another time, or "00:00" and "24:00" for the whole day')
  },
).meta({ id: 'quiet' })

export function toQuietWindow({ days, from, to, timezone }: z.output<typeof quietBlock>): QuietWindow {
  return { days, fromMinute: from, toMinute: to, timeZone: timezone }
}
