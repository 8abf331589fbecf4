import { MAX_LINE_BYTES, readLine } from '../../../prober/wire/line.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const long = (bytes: number, end = '') => 'a'.repeat(bytes) + end

/** As blackbox_exporter 0.28 was seen to read them. */
const CASES: readonly [title: string, text: string, ended: boolean, line: string | undefined, bytes: number][] = [
  ['a line', 'ab\ncd\n', false, 'ab', 3],
  ['a line that ends in CRLF', 'ab\r\ncd', false, 'ab', 4],
  ['one of several CRs', 'ab\r\r\n', false, 'ab\r', 5],
  ['an empty line', '\n\n', false, '', 1],
  ['what has no end yet', 'ab', false, undefined, 0],
  ['the last line without an end', 'ab', true, 'ab', 2],
  ['the last line without an end but a CR', 'ab\r', true, 'ab', 3],
  ['nothing', '', false, undefined, 0],
  ['nothing at the end', '', true, undefined, 0],
  ['the longest line', long(MAX_LINE_BYTES - 1, '\n'), false, long(MAX_LINE_BYTES - 1), MAX_LINE_BYTES],
  ['the longest line without an end', long(MAX_LINE_BYTES - 1), true, long(MAX_LINE_BYTES - 1), MAX_LINE_BYTES - 1],
]

describe('a line', (test) => {
  for (const [title, text, ended, line, bytes] of CASES) {
    test(`${title} is read as bufio.Scanner does`, () => {
      const parsed = readLine(Buffer.from(text), ended)
      if (line === undefined) assert.is(parsed.state, 'more')
      else assert.ok(parsed.state === 'done' && parsed.value.toString() === line && parsed.bytes === bytes)
    })
  }

  for (const [text, ended] of [
    [long(MAX_LINE_BYTES, '\n'), false],
    [long(MAX_LINE_BYTES), true],
  ] as const) {
    test(`is at most 64 KiB long, ${ended ? 'also the last one' : 'its line feed included'}`, () => {
      assert.equal(readLine(Buffer.from(text), ended), { state: 'malformed', found: 'a line of more than 64 KiB' })
    })
  }

  test('of any text is what splitting at line feeds gives', () => {
    const text = fc.array(fc.constantFrom('a', '\r', '\n', 'é')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (whole) => {
        const lines: string[] = []
        let rest = Buffer.from(whole)
        for (let parsed = readLine(rest, true); parsed.state === 'done'; parsed = readLine(rest, true)) {
          lines.push(parsed.value.toString())
          rest = rest.subarray(parsed.bytes)
        }
        const expected = whole.split('\n')
        if (expected.at(-1) === '') expected.pop()
        assert.equal(
          lines,
          expected.map((line) => line.replace(/\r$/, '')),
        )
      }),
    )
  })
})
