import { painter } from '../../cli/terminal.ts'
import { floatingBar, lanesOf, milliseconds, strip, waterfall } from '../../cli/waterfall.ts'
import { PHASES } from '../../prober/net/outcome.ts'
import { assert, describe } from '../harness.ts'
import { sampleHop, sampleResult, withoutColours } from './sample-result.ts'
import { fc } from '../fuzz.ts'

const plain = painter(false)
const seconds = fc.double({ min: 0, max: 100, noNaN: true })
const phasesArbitrary = fc
  .array(fc.tuple(fc.constantFrom(...PHASES), seconds), { minLength: 1 })
  .map((entries) => Object.fromEntries(entries))

const BARS: readonly (readonly [title: string, start: number, length: number, total: number, bar: string])[] = [
  ['the whole', 0, 1, 1, '████████'],
  ['the second half', 0.5, 0.5, 1, '    ████'],
  ['an eighth of a cell', 0, 1, 64, '▏'],
  ['nothing is still seen', 0, 0, 1, '▏'],
  ['nothing at the very end is still seen', 1, 0, 1, '       █'],
  ['a probe that took no time at all', 0, 0, 0, '▏'],
  ['more than there is, by rounding', 0.9, 0.2, 1, '       █'],
]

const TIMES: readonly (readonly [seconds: number, text: string])[] = [
  [0, '0.0 ms'],
  [0.00004, '0.0 ms'],
  [0.0234, '23.4 ms'],
  [0.09994, '99.9 ms'],
  [0.09996, '100 ms'],
  [0.9994, '999 ms'],
  [0.9996, '1.00 s'],
  [12.345, '12.35 s'],
]

describe('waterfall', (test) => {
  for (const [title, start, length, total, bar] of BARS) {
    test(`bar: ${title}`, () => assert.is(floatingBar(start, length, total, 8), bar))
  }

  for (const [value, text] of TIMES) test(`${value} s reads ${text}`, () => assert.is(milliseconds(value), text))

  test('no bar leaves its cells and none is empty', () => {
    fc.assert(
      fc.property(seconds, seconds, seconds, fc.integer({ min: 1, max: 300 }), (start, length, more, cells) => {
        const bar = floatingBar(start, length, start + length + more, cells)
        return bar.length <= cells && bar.trim() !== ''
      }),
    )
  })

  test('no line is wider than the terminal, whatever the phases', () => {
    fc.assert(
      fc.property(phasesArbitrary, fc.integer({ min: 40, max: 200 }), (phases, columns) => {
        const lines = waterfall(sampleResult({ phases }), columns, plain)
        return lines.every((line) => line.length <= columns)
      }),
    )
  })

  test('the segments follow each other without a gap and end with the probe', () => {
    fc.assert(
      fc.property(phasesArbitrary, (phases) => {
        const result = sampleResult({ phases })
        let at = 0
        for (const { startSeconds, seconds: length } of lanesOf(result).flatMap(({ segments }) => segments)) {
          assert.ok(Math.abs(startSeconds - at) < 1e-9)
          at = startSeconds + length
        }
        return Math.abs(at - result.durationSeconds) < 1e-4
      }),
    )
  })

  test('each exchange of a redirected probe has its own lane; what was spent outside them is not lost', () => {
    const first = { resolve: 0.001, connect: 0.002, processing: 0.003 }
    const second = { connect: 0.001, tls: 0.01, processing: 0.02 }
    const phases = { token: 0.5, resolve: 0.001, connect: 0.003, tls: 0.01, processing: 0.023, check: 0.1 }
    const hops = [sampleHop('http://shop.example/', first, 301), sampleHop('https://shop.example/', second)]
    const lanes = lanesOf(sampleResult({ phases, http: { hops } }))
    assert.equal(
      lanes.map(({ title, segments }) => [title, ...segments.map(({ phase }) => phase)]),
      [
        [undefined, 'token'],
        ['1. http://shop.example/  → 301', 'resolve', 'connect', 'processing'],
        ['2. https://shop.example/  → 200', 'connect', 'tls', 'processing'],
        ['after them', 'check'],
      ],
    )
  })

  test('a redirect to a hostile URL cannot write to the terminal', () => {
    const hops = [sampleHop('http://a/\x1b[2J\x07\u202e', { connect: 1 }, 302), sampleHop('http://b/', { connect: 1 })]
    const text = waterfall(sampleResult({ phases: { connect: 2 }, http: { hops } }), 80, plain).join('\n')
    assert.not.match(text, /(?!\n)\p{C}/u)
  })

  test('a strip shows each phase by its share, by letter without colours, padded to its cells', () => {
    const result = sampleResult({ phases: { connect: 0.01, tls: 0.02, processing: 0.01 } })
    assert.is(strip(result, 0.08, 16, plain, false), 'ccttttpp        ')
    assert.is(withoutColours(strip(result, 0.04, 8, painter(true), true)), '████████')
  })
})
