/** The judge itself: it must fail on what is not listed, and on what is listed and not seen. Needs no programs. */
import { assert, describe } from '../harness.ts'
import { compare, expectExplained, type Finding } from './comparison.ts'
import { parseDifferences } from './differences.ts'
import { parseExposition } from './exposition.ts'

const table = (...rows: readonly string[]) =>
  parseDifferences(
    [
      '# Title',
      '| another | table |',
      '|---|---|',
      '| `of` | no interest |',
      '## Differences that the comparison sees',
      '| id | kinds | what differs | seen by the test as | why | what you may notice |',
      '|---|---|---|---|---|---|',
      ...rows,
      '',
      '## Differences of behaviour',
      '| `later` | http | x | `*` | x | x |',
    ].join('\n'),
  )

const ROW = '| `more` | http, tcp | x | `only sonde: probe_a` `value: probe_b_*` in `tls* *` `* [::1]:*` | #1 | |'
const finding = (subject: string, module = 'tls', target = 'localhost'): Finding => ({
  subject,
  module,
  target,
  detail: '',
})

describe('the table of differences', (test) => {
  test('a row has an id, kinds, and is left alone by other tables', () => {
    assert.equal(
      table(ROW).map(({ id, kinds }) => [id, kinds]),
      [['more', ['http', 'tcp']]],
    )
  })

  for (const [subject, module, target, isExplained] of [
    ['only sonde: probe_a', 'tls', 'localhost', true],
    ['only sonde: probe_a', 'tcp', '[::1]:25', true],
    ['only sonde: probe_a', 'tcp', 'localhost', false],
    ['only sonde: probe_ab', 'tls', 'localhost', false],
    ['only blackbox: probe_a', 'tls', 'localhost', false],
    ['value: probe_b_c', 'tls_12', 'localhost', true],
  ] as const) {
    test(`${subject} of ${module} ${target} is ${isExplained ? '' : 'not '}explained`, () => {
      const [row] = table(ROW)
      assert.is(row?.explains(finding(subject, module, target)), isExplained)
    })
  }

  for (const [title, row] of [
    ['a column is missing', '| `id` | http | x | `only sonde: a` | x |'],
    ['it has no id', '| id | http | x | `only sonde: a` | x | x |'],
    ['it has no kinds', '| `id` | | x | `only sonde: a` | x | x |'],
    ['it has no pattern', '| `id` | http | x | only sonde: a | x | x |'],
  ] as const) {
    test(`a row is refused when ${title}`, () => {
      assert.throws(() => table(row), /not a row of 6 columns/)
    })
  }

  test('a document without the table is refused', () => {
    assert.throws(() => parseDifferences('# Title'), /has no table/)
  })
})

describe('expectExplained', (test) => {
  test('a difference that is not listed fails, with its place', () => {
    const found = [finding('only sonde: probe_a'), finding('value: probe_z', 'm', 't')]
    assert.throws(() => expectExplained(found, table(ROW)), /1 differences that are not listed:\nm t: value: probe_z/)
  })

  test('a listed difference that is not seen fails', () => {
    assert.throws(() => expectExplained([], table(ROW)), /listed in docs\/compatibility.md, but not seen: more/)
  })

  test('all explained and all seen passes', () => {
    expectExplained([finding('only sonde: probe_a')], table(ROW))
  })
})

describe('compare', (test) => {
  const GOOD = '# HELP a Text\n# TYPE a gauge\na{x="1",y="2"} 1.5e+09\nb_duration_seconds 1\n'
  for (const [title, status, text, expected] of [
    ['nothing', 200, GOOD, []],
    [
      'another order of labels, another way to write a number',
      200,
      GOOD.replace('x="1",y="2"} 1.5e+09', 'y="2",x="1"} 1500000000'),
      [],
    ],
    ['another duration', 200, GOOD.replace('seconds 1', 'seconds 2'), []],
    ['another value', 200, GOOD.replace('1.5e+09', '2'), ['value: a']],
    ['another label value', 200, GOOD.replace('y="2"', 'y="3"'), ['only sonde: a', 'only blackbox: a']],
    ['another type', 200, GOOD.replace('gauge', 'counter'), ['type: a']],
    ['another help', 200, GOOD.replace('Text', 'text'), ['help: a']],
    ['a missing duration', 200, GOOD.replace('b_duration_seconds 1\n', ''), ['only blackbox: b_duration_seconds']],
    ['no answer', 0, '', ['status: 0, 200', 'only blackbox: a', 'only blackbox: b_duration_seconds']],
  ] as const) {
    test(`${title}: ${expected.join(', ') || 'no difference'}`, () => {
      const found = compare(parseExposition(status, text), parseExposition(200, GOOD))
      assert.equal(
        found.map(({ subject }) => subject),
        expected,
      )
    })
  }

  test('label values are unescaped, and a series that stands there twice is an error', () => {
    const { values } = parseExposition(200, 'a{x="say \\"hi\\" \\\\ \\n,}"} 1\n')
    assert.equal([...values.keys()], [`a{x=${JSON.stringify('say "hi" \\ \n,}')}}`])
    assert.throws(() => parseExposition(200, 'a 1\na 2\n'), /stands there twice/)
  })
})
