import { MAX_SERVER_TIMINGS, readServerTiming } from '../../../prober/wire/server-timing.ts'
import { damaged, fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const long = 'n'.repeat(65)

/** `name=seconds`, or the name alone. */
function read(header: string | readonly string[] | undefined): string {
  return readServerTiming(header)
    .map(({ name, durationSeconds }) => (durationSeconds === undefined ? name : `${name}=${durationSeconds}`))
    .join(' ')
}

const HEADERS: readonly (readonly [title: string, header: string | readonly string[] | undefined, found: string])[] = [
  ['no header', undefined, ''],
  ['an empty one', '', ''],
  // https://www.w3.org/TR/server-timing/#examples
  ['the first example', 'miss, db;dur=53, app;dur=47.2', 'miss db=0.053 app=0.0472'],
  ['the second', ['customView, dc;desc=atl', 'cache;desc="Cache Read";dur=23.2'], 'customView dc cache=0.0232'],
  ['the third', 'total;dur=123.4', 'total=0.1234'],
  ['space wherever it may be', ' a ; dur = 1 \t,\tb;dur=2 ', 'a=0.001 b=0.002'],
  ['names in both cases', 'App;DUR=1', 'App=0.001'],
  ['separators in quotes', 'a;desc="x, y;dur=9";dur=1, b;dur=2', 'a=0.001 b=0.002'],
  ['an escaped quote', 'a;desc="x\\",y";dur=1', 'a=0.001'],
  ['a quote that never ends', 'a;desc="x, b;dur=2', 'a b=0.002'],
  ['a duration in quotes', 'a;dur="1.5"', 'a=0.0015'],
  ['two durations: the first', 'a;dur=1;dur=2', 'a=0.001'],
  ['the same name twice', 'a;dur=1,a;dur=2', 'a=0.001 a=0.002'],
  ['words after the name', 'a b;dur=1', 'a=0.001'],
  ['names that are none', ', ;dur=1, =;dur=2, "a";dur=3, é;dur=4, b', 'b'],
  [`a name of ${long.length} characters`, `${long};dur=1, ${long.slice(1)};dur=2`, `${long.slice(1)}=0.002`],
  ['exponents', 'a;dur=1e3, b;dur=2.5E-1', 'a=1 b=0.00025'],
  ['points without digits', 'a;dur=.5, b;dur=5.', 'a=0.0005 b=0.005'],
  ['durations that are none', 'a;dur, b;dur=, c;dur=-1, d;dur=x, e;dur=1e999, f;dur=0x10, g;dur=1ms', 'a b c d e f g'],
]

describe('Server-Timing', (test) => {
  for (const [title, header, found] of HEADERS) test(`reads ${title}`, () => assert.is(read(header), found))

  test(`ends after ${MAX_SERVER_TIMINGS} entries, and after 8 KiB`, () => {
    const many = Array.from({ length: 100 }, (_, index) => `n${index};dur=1`)
    assert.is(readServerTiming(many).length, MAX_SERVER_TIMINGS)
    assert.is(read(`a;desc="${'x'.repeat(8192)}";dur=1, b;dur=2`), 'a')
  })

  test('reads back what is written, also in many headers', () => {
    const name = fc.stringMatching(/^[!#$%&'*+.^_`|~\w-]{1,64}$/)
    const entry = fc.record({ name, ms: fc.nat(100_000), desc: fc.stringMatching(/^[ -~]{0,20}$/) })
    fuzz(fc.array(entry, { maxLength: MAX_SERVER_TIMINGS }), (entries) => {
      const headers = entries.map(({ name, ms, desc }) => `${name};desc="${desc.replace(/["\\]/g, '\\$&')}";dur=${ms}`)
      const expected = entries.map(({ name, ms }) => ({ name, durationSeconds: ms / 1000 }))
      assert.equal(readServerTiming(headers), expected)
    })
  })

  test('whatever comes, names are legal, durations finite, and nothing throws', () => {
    const piece = fc.constantFrom('a', 'dur', '=', ';', ',', '"', '\\', ' ', '1.5', 'é', '\n', ';dur=', ',b;dur=1')
    const text = fc.oneof(
      fc.array(piece).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    )
    const valid = fc.constant(Buffer.from('miss, db;dur=53, app;desc="a, b";dur=47.2'))
    fuzz(
      fc.oneof(
        text,
        damaged(valid).map((bytes) => bytes.toString('latin1')),
      ),
      (header) => {
        for (const { name, durationSeconds } of readServerTiming(header)) {
          assert.match(name, /^[!#$%&'*+.^_`|~\w-]{1,64}$/)
          assert.ok(durationSeconds === undefined || (durationSeconds >= 0 && Number.isFinite(durationSeconds)))
        }
      },
    )
  })
})
