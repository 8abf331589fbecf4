/** Whether a target is in one of its quiet windows, by the clock on the wall of each window's time zone. */
import type { QuietWindow } from '../config/schema.ts'
import { WEEKDAYS, type Weekday } from '../config/weekdays.ts'

export interface LocalTime {
  readonly day: Weekday
  readonly minute: number
}

/** A window that passes midnight belongs to the day on which it begins. */
export function isWithin({ days, fromMinute, toMinute }: QuietWindow, { day, minute }: LocalTime): boolean {
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
  return (days.includes(day) && minute >= fromMinute) || (days.includes(dayBefore(day)) && minute < toMinute)
}

function dayBefore(day: Weekday): Weekday {
  return WEEKDAYS[(WEEKDAYS.indexOf(day) + 6) % 7] ?? day
}

/** Of a moment in unixtime, in a time zone that Intl knows. */
export type LocalTimes = (timeZone: string, unixSeconds: number) => LocalTime

/** Each zone is asked once a minute, however many targets have windows in it: a formatter's answer costs 2 µs and more. */
export function createLocalTimes(): LocalTimes {
  const zones = new Map<string, Zone>()
  return (timeZone, unixSeconds) => {
    const zone = zones.get(timeZone) ?? { format: formatOf(timeZone), unixMinute: Number.NaN, time: undefined }
    zones.set(timeZone, zone)
    const unixMinute = Math.floor(unixSeconds / 60)
    if (zone.time === undefined || zone.unixMinute !== unixMinute) {
      zone.time = readTime(zone.format, unixMinute * 60)
      zone.unixMinute = unixMinute
    }
    return zone.time
  }
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  unixMinute: number
  time: LocalTime | undefined
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}

function readTime(format: Intl.DateTimeFormat, unixSeconds: number): LocalTime {
  const parts = new Map(format.formatToParts(unixSeconds * 1000).map(({ type, value }) => [type, value]))
  const day = WEEKDAYS.find((name) => name === parts.get('weekday')?.toLowerCase())
  if (day === undefined) throw new Error(`Intl gave no weekday but ${JSON.stringify(parts.get('weekday'))}`)
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}
