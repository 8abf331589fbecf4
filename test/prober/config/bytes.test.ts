import { BYTES_PATTERN, parseBytes } from '../../../prober/config/bytes.ts'
import { assert, describe } from '../../harness.ts'
import { fc } from '../../fuzz.ts'

/** Checked against blackbox_exporter 0.28 --config.check, as are those refused. */
const READ: readonly [string, number][] = [
  ['0', 0],
  ['10B', 10],
  ['1KB', 1024],
  ['1KiB', 1024],
  ['1MB', 1024 ** 2],
  ['1.5MB', 1.5 * 1024 ** 2],
  ['5KB5B', 5125],
  ['2GiB', 2 * 1024 ** 3],
  ['7EB', 7 * 1024 ** 6],
]
const REFUSED = ['', '10', '-1', '-1MB', '1mb', '1 MB', '1e3', '9EB', 'MB', '1K', '1.2.3MB']

describe('prober/config/bytes', (test) => {
  for (const [text, bytes] of READ) {
    test(`${text} is ${bytes} bytes`, () => assert.equal(parseBytes(text), { ok: true, value: bytes }))
  }
  for (const text of REFUSED) test(`${JSON.stringify(text)} is refused`, () => assert.is(parseBytes(text).ok, false))

  test('the pattern of the JSON schema and the parser agree', () => {
    const piece = fc.constantFrom('1', '0', '.', 'K', 'M', 'i', 'B', '-', 'k')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('')
        return new RegExp(BYTES_PATTERN).test(text) === parseBytes(text).ok
      }),
      { numRuns: 2000 },
    )
  })
})
