import type { QuietWindow, Weekday } from '../../../prober/config/schema.ts'
import { createLocalTimes, isWithin } from '../../../prober/schedule/quiet.ts'
import { assert, describe } from '../../harness.ts'

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number)
  return hours * 60 + rest
}

const window = (days: readonly Weekday[], from: string, to: string, timeZone = 'UTC'): QuietWindow => ({
  days,
  fromMinute: minutes(from),
  toMinute: minutes(to),
  timeZone,
})

describe('quiet windows', (test) => {
  const overnight = window(['sat', 'sun'], '22:00', '06:00')
  const noon = window(['fri'], '12:00', '13:00')
  const allDay = window(['sun'], '00:00', '24:00')
  const rows: readonly (readonly [QuietWindow, Weekday, string, boolean])[] = [
    [noon, 'fri', '11:59', false],
    [noon, 'fri', '12:00', true],
    [noon, 'fri', '12:59', true],
    [noon, 'fri', '13:00', false],
    [noon, 'sat', '12:30', false],
    [overnight, 'sat', '05:00', false],
    [overnight, 'sat', '21:59', false],
    [overnight, 'sat', '22:00', true],
    [overnight, 'sun', '05:59', true],
    [overnight, 'sun', '06:00', false],
    [overnight, 'sun', '23:00', true],
    [overnight, 'mon', '05:59', true],
    [overnight, 'mon', '06:00', false],
    [overnight, 'mon', '22:00', false],
    [allDay, 'sun', '00:00', true],
    [allDay, 'sun', '23:59', true],
    [allDay, 'mon', '00:00', false],
  ]
  for (const [quiet, day, time, isQuiet] of rows) {
    const shown = `${quiet.days.join()} ${quiet.fromMinute / 60}:00 to ${quiet.toMinute / 60}:00`
    test(`${shown}: ${day} ${time} is ${isQuiet ? 'inside' : 'outside'}`, () =>
      assert.is(isWithin(quiet, { day, minute: minutes(time) }), isQuiet))
  }

  const times: readonly (readonly [zone: string, utc: string, day: Weekday, time: string])[] = [
    ['UTC', '2026-01-01T00:00:00Z', 'thu', '00:00'],
    ['Europe/Berlin', '2026-01-01T23:30:00Z', 'fri', '00:30'],
    ['America/New_York', '2026-01-01T00:00:00Z', 'wed', '19:00'],
    ['Asia/Kolkata', '2026-01-01T00:00:59.9Z', 'thu', '05:30'],
    ['+02:00', '2026-01-01T00:00:00Z', 'thu', '02:00'],
    // Summer time begins: 02:00 to 03:00 does not come.
    ['Europe/Berlin', '2026-03-29T00:59:00Z', 'sun', '01:59'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 'sun', '03:00'],
    // It ends: 02:00 to 03:00 comes twice.
    ['Europe/Berlin', '2026-10-25T00:30:00Z', 'sun', '02:30'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', 'sun', '02:30'],
    ['Europe/Berlin', '2026-10-25T02:30:00Z', 'sun', '03:30'],
  ]
  for (const [zone, utc, day, time] of times) {
    test(`${utc} is ${day} ${time} in ${zone}`, () =>
      assert.equal(createLocalTimes()(zone, Date.parse(utc) / 1000), { day, minute: minutes(time) }))
  }

  test('hours of the night in which summer time ends: a window of one hour lasts two', () => {
    const localTime = createLocalTimes()
    const quiet = window(['sun'], '02:00', '03:00', 'Europe/Berlin')
    const start = Date.parse('2026-10-24T22:00:00Z') / 1000
    const inside = Array.from({ length: 600 }, (_, minute) => localTime(quiet.timeZone, start + minute * 60)).filter(
      (time) => isWithin(quiet, time),
    )
    assert.is(inside.length, 120)
  })

  test('one calendar answers for many zones and for minutes in any order', () => {
    const localTime = createLocalTimes()
    for (const [zone, utc, day, time] of [...times, ...times.toReversed()]) {
      assert.equal(localTime(zone, Date.parse(utc) / 1000), { day, minute: minutes(time) })
    }
  })
})
