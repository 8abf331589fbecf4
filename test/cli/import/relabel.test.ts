/** Rules as Prometheus applies them: the expected labels are what its own `relabel.Process` makes of the same. */
import { type RelabelRule, relabeling } from '../../../cli/import/relabel.ts'
import { assert, describe } from '../../harness.ts'

const BEFORE = { a: 'foo', b: 'bar', c: 'Baz' }

const RULE: RelabelRule = {
  source_labels: [],
  separator: ';',
  regex: '(.*)',
  target_label: '',
  replacement: '$1',
  action: 'replace',
}

const ROWS: readonly (readonly [
  title: string,
  rule: Partial<RelabelRule>,
  after: Readonly<Record<string, string>> | undefined,
])[] = [
  ['copies a label', { source_labels: ['a'], target_label: 'd' }, { ...BEFORE, d: 'foo' }],
  [
    'joins labels by the separator, and takes groups by number and by name',
    {
      source_labels: ['a', 'b'],
      separator: '-',
      regex: 'f(o+)-(?P<rest>.*)',
      target_label: 'd',
      replacement: `$1:\${rest}`,
    },
    { ...BEFORE, d: 'oo:bar' },
  ],
  ['a regexp matches the whole value or nothing', { source_labels: ['a'], regex: 'fo', target_label: 'd' }, BEFORE],
  ['a dot matches a line end', { source_labels: ['n'], regex: 'x.y', target_label: 'd', replacement: 'z' }, BEFORE],
  ['an empty replacement takes the label away', { target_label: 'a', replacement: '' }, { b: 'bar', c: 'Baz' }],
  [
    'the name of the label may come from the match',
    { source_labels: ['a'], regex: '(f).*', target_label: `\${1}_x`, replacement: 'y' },
    { ...BEFORE, f_x: 'y' },
  ],
  ['keep keeps what matches', { action: 'keep', source_labels: ['a'], regex: 'foo|x' }, BEFORE],
  ['keep drops what does not', { action: 'keep', source_labels: ['a'], regex: 'x' }, undefined],
  ['drop drops what matches', { action: 'drop', source_labels: ['a', 'b'], regex: 'foo;bar' }, undefined],
  ['drop keeps what does not', { action: 'drop', source_labels: ['a'], regex: 'fo' }, BEFORE],
  ['keepequal', { action: 'keepequal', source_labels: ['a'], target_label: 'b' }, undefined],
  ['dropequal', { action: 'dropequal', source_labels: ['a'], target_label: 'b' }, BEFORE],
  ['lowercase', { action: 'lowercase', source_labels: ['c'], target_label: 'c' }, { ...BEFORE, c: 'baz' }],
  ['uppercase', { action: 'uppercase', source_labels: ['a'], target_label: 'd' }, { ...BEFORE, d: 'FOO' }],
  [
    'labelmap copies under another name',
    { action: 'labelmap', regex: '([ab])', replacement: 'x_$1' },
    { ...BEFORE, x_a: 'foo', x_b: 'bar' },
  ],
  ['labeldrop', { action: 'labeldrop', regex: 'a|b' }, { c: 'Baz' }],
  ['labelkeep', { action: 'labelkeep', regex: 'a|b' }, { a: 'foo', b: 'bar' }],
]

const UNFOLLOWED: readonly (readonly [title: string, rule: Partial<RelabelRule>, message: RegExp])[] = [
  ['a hash', { action: 'hashmod', source_labels: ['a'], target_label: 'h' }, /^shares the targets out/],
  ['an unknown action', { action: 'repalce' }, /^has the action "repalce", which Prometheus does not know/],
  ['a broken regexp', { regex: '(' }, /^is passed over: regular expression/],
]

describe('cli/import/relabel', (test) => {
  for (const [title, rule, after] of ROWS) {
    test(title, () => {
      const { apply, unfollowed } = relabeling([{ ...RULE, ...rule }])
      assert.equal(unfollowed, [])
      const labels = apply(new Map(Object.entries(BEFORE)))
      assert.equal(labels && Object.fromEntries(labels), after)
    })
  }

  for (const [title, rule, message] of UNFOLLOWED) {
    test(`not followed, and told: ${title}`, () => {
      const { apply, unfollowed } = relabeling([{ ...RULE, ...rule }])
      assert.match(unfollowed[0]?.message ?? '', message)
      assert.equal(Object.fromEntries(apply(new Map(Object.entries(BEFORE))) ?? []), BEFORE)
    })
  }

  test('what reads a hash is passed over with it, without a second word', () => {
    const { apply, unfollowed } = relabeling([
      { ...RULE, action: 'hashmod', source_labels: ['a'], target_label: 'h' },
      { ...RULE, source_labels: ['h'], target_label: 'copy' },
      { ...RULE, action: 'keep', source_labels: ['copy'], regex: '1' },
    ])
    assert.is(unfollowed.length, 1)
    assert.equal(Object.fromEntries(apply(new Map(Object.entries(BEFORE))) ?? []), BEFORE)
  })
})
