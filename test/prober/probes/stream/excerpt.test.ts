import { excerpt, sentLines } from '../../../../prober/probes/stream/excerpt.ts'
import { assert, describe } from '../../../harness.ts'
import { fc } from '../../../fuzz.ts'

const SENT = sentLines('USER me\r\nPASS hunter2\n\n  \nab')

const CASES: readonly [title: string, text: string, shown: string][] = [
  ['text', 'größe ✓', '"größe ✓"'],
  ['nothing', '', '""'],
  ['quotes and backslashes', 'a "b" \\', '"a \\"b\\" \\\\"'],
  ['control characters', '\u0000\t\u001b[1m\u007f\u0085', '"\\x00\\x09\\x1b[1m\\x7f\\x85"'],
  ['what turns the direction of writing', 'a\u202eb\u2028', '"a\\u{202e}b\\u{2028}"'],
  ['an echo', '> PASS hunter2 <', '"> <sent> <"'],
  ['an echo that has only begun', 'x PASS hun', '"x <sent>"'],
  ['a short line that was sent', 'ab cd', '"ab cd"'],
  ['a long text', `${'x'.repeat(200)}end`, `"…${'x'.repeat(97)}end"`],
]

describe('an excerpt', (test) => {
  for (const [title, text, shown] of CASES) {
    test(`shows ${title}`, () => {
      assert.is(excerpt(Buffer.from(text), SENT), shown)
    })
  }

  test('shows bytes that are no text as such', () => {
    assert.is(excerpt(Buffer.from([0xff, 0x61]), []), '"\ufffda"')
  })

  test('of any bytes is short, printable, and without what was sent', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('PASS hunter2', 'PASS hunt', 'USER me'))
    fc.assert(
      fc.property(fc.array(piece), fc.uint8Array(), (pieces, bytes) => {
        const shown = excerpt(Buffer.concat([bytes, Buffer.from(pieces.join(''))]), SENT)
        assert.ok(shown.length <= 103)
        assert.not.match(shown, /[\p{C}\u2028\u2029]/u)
        assert.not.ok(shown.includes('hunter2') || shown.includes('USER me'))
      }),
      { numRuns: 500 },
    )
  })
})
