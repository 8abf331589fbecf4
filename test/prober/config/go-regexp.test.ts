// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Go writes references to groups so
import { compileRegexp } from '../../../prober/config/go-regexp.ts'
import { assert, describe } from '../../harness.ts'
import { fc } from '../../fuzz.ts'

const MATCHES: readonly [expression: string, text: string, matches: boolean][] = [
  ['error', 'an error here', true],
  ['(?i)ERROR', 'an Error here', true],
  ['^a$', 'a\nb', false],
  ['(?m)^b$', 'a\nb', true],
  ['a.b', 'a\nb', false],
  ['(?s)a.b', 'a\nb', true],
  ['(?P<name>x)+\\z', 'xx', true],
  ['\\z', 'xx\n', true],
  ['x\\z', 'x\n', false],
  ['\\pL', '日', true],
  ['[[:digit:]]{3}', '12', false],
  ['', 'anything', true],
  ['\\Qa.b\\E', 'a.b', true],
]
/** As blackbox_exporter 0.28 expanded them in `labels`, for `(?P<name>S)(S)H-(x)?` in `SSH-2.0-foo`. */
const EXPANSIONS: readonly [template: string, expanded: string][] = [
  ['', ''],
  ['no reference', 'no reference'],
  ['$name|${name}|$1|${1}|$1$2', 'S|S|S|S|SS'],
  ['$0|${0}', 'SSH-|SSH-'],
  ['$2x|${2}x|$2_|$_', '|Sx||'],
  ['$1é|$é', '|'],
  ['$9|${9}|$nobody|${nobody}', '|||'],
  ['$3|${3}', '|'],
  ['$01|$00|$99999999999999999999', '||'],
  ['$$|$$1|$$$1', '$|$1|$S'],
  ['$|a$|$-|${|${}|${1|${ 1}|${-1}', '$|a$|$-|${|${}|${1|${ 1}|${-1}'],
]

const REFUSED = ['(', '[z-a]', 'a{2000}', 'x**', '(?=a)', '(?<!a)b', '(a)\\1', '\\Z', '(?>a)', 'a++']

describe('prober/config/go-regexp', (test) => {
  for (const [expression, text, matches] of MATCHES) {
    test(`${JSON.stringify(expression)} ${matches ? 'is' : 'is not'} in ${JSON.stringify(text)}`, () => {
      const compiled = compileRegexp(expression)
      assert.ok(compiled.ok)
      assert.is(compiled.ok && compiled.value.test(text), matches)
    })
  }
  for (const [template, expanded] of EXPANSIONS) {
    test(`${JSON.stringify(template)} expands to ${JSON.stringify(expanded)}`, () => {
      const compiled = compileRegexp('(?P<name>S)(S)H-(x)?')
      assert.ok(compiled.ok)
      assert.is(compiled.ok && compiled.value.match('SSH-2.0-foo')?.expand(template), expanded)
    })
  }

  test('a text that does not match has no match, and what a group holds is not expanded again', () => {
    const compiled = compileRegexp('(.*)')
    const strict = compileRegexp('^a$')
    assert.is(strict.ok && strict.value.match('b'), undefined)
    assert.is(compiled.ok && compiled.value.match('$0 $1 $$')?.expand('<$1>'), '<$0 $1 $$>')
  })

  for (const expression of REFUSED) {
    test(`${expression} is refused, and the message shows it`, () => {
      const compiled = compileRegexp(expression)
      assert.ok(!compiled.ok && compiled.message.includes(JSON.stringify(expression)))
    })
  }

  test('what hangs a backtracking engine takes no longer than another text', () => {
    const compiled = compileRegexp('(a+)+$')
    assert.ok(compiled.ok)
    const started = performance.now()
    assert.is(compiled.ok && compiled.value.test(`${'a'.repeat(10_000)}!`), false)
    assert.ok(performance.now() - started < 5_000)
  })

  test('no text makes the compiler throw', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '?',
      'P',
      '<',
      '>',
      '*',
      '+',
      '{',
      '}',
      '1',
      ',',
      '\\',
      'p',
      'a',
      '|',
      '^',
      '-',
      ':',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          compileRegexp(text)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
