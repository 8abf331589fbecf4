import fc from 'fast-check'
import { compileRegexp } from '../../../prober/config/go-regexp.ts'
import { assert, describe } from '../../harness.ts'

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
const REFUSED = ['(', '[z-a]', 'a{2000}', 'x**', '(?=a)', '(?<!a)b', '(a)\\1', '\\Z', '(?>a)', 'a++']

describe('prober/config/go-regexp', (test) => {
  for (const [expression, text, matches] of MATCHES) {
    test(`${JSON.stringify(expression)} ${matches ? 'is' : 'is not'} in ${JSON.stringify(text)}`, () => {
      const compiled = compileRegexp(expression)
      assert.ok(compiled.ok)
      assert.is(compiled.ok && compiled.value.test(text), matches)
    })
  }
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
