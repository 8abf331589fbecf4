import { DURATION_PATTERN, formatDuration, parseDuration } from '../../../prober/config/duration.ts'
import { assert, describe } from '../../harness.ts'
import { fc } from '../../fuzz.ts'

const READ: readonly [string, number][] = [
  ['0', 0],
  ['0s', 0],
  ['5s', 5],
  ['+5s', 5],
  ['1.5s', 1.5],
  ['.5s', 0.5],
  ['5.s', 5],
  ['300ms', 0.3],
  ['1m30s', 90],
  ['1h', 3600],
  ['1h1m1s', 3661],
  ['2µs', 0.000002],
  ['2μs', 0.000002],
  ['2us', 0.000002],
  ['7ns', 0.000000007],
  ['1s1s', 2],
]
const REFUSED = [
  '',
  '5',
  '1.5',
  '1d',
  '-5s',
  '++5s',
  '+-5s',
  '+',
  '5 s',
  ' 5s',
  '5S',
  's',
  '1.2.3s',
  '5s3',
  '1w',
  '∞s',
  '1e3s',
  '.s',
  '3000000h',
]
/** As Go prints them. */
const WRITTEN: readonly [number, string][] = [
  [0, '0s'],
  [5, '5s'],
  [0.3, '300ms'],
  [1.5, '1.5s'],
  [90, '1m30s'],
  [60, '1m0s'],
  [3600, '1h0m0s'],
  [3600.25, '1h0m0.25s'],
  [0.000002, '2µs'],
  [0.000000007, '7ns'],
]

describe('prober/config/duration', (test) => {
  for (const [text, seconds] of READ) {
    test(`${text} is ${seconds} s`, () => assert.equal(parseDuration(text), { ok: true, value: seconds }))
  }
  for (const text of REFUSED) test(`${JSON.stringify(text)} is refused`, () => assert.is(parseDuration(text).ok, false))
  for (const [seconds, text] of WRITTEN) {
    test(`${seconds} s is written ${text}`, () => assert.is(formatDuration(seconds), text))
  }

  test('every duration survives being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (nanoseconds) => {
        const parsed = parseDuration(formatDuration(nanoseconds / 1e9))
        return parsed.ok && Math.round(parsed.value * 1e9) === nanoseconds
      }),
    )
  })

  test('the pattern of the JSON schema and the parser agree', () => {
    const pattern = new RegExp(DURATION_PATTERN)
    const piece = fc.constantFrom('1', '0', '.', '25', 's', 'ms', 'm', 'h', 'us', 'µs', 'd', '-', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('')
        return pattern.test(text) === parseDuration(text).ok
      }),
      { numRuns: 2000 },
    )
  })
})
