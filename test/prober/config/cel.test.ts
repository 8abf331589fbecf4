import { compileCel } from '../../../prober/config/cel.ts'
import { assert, describe } from '../../harness.ts'

const BODY = { foo: 'bar', n: 1, items: [{ n: 1 }, { n: 3 }], nested: { ok: true }, nothing: null }
const VERDICTS: readonly [expression: string, verdict: boolean][] = [
  ["body.foo == 'bar'", true],
  ["body.foo == 'baz'", false],
  ['body.n == 1', true],
  ['body.items.exists(i, i.n > 2.0)', true],
  ['body.items.all(i, i.n > 2.0)', false],
  ['size(body.items) == 2', true],
  ['has(body.missing)', false],
  ["has(body.missing) && body.missing == 'x'", false],
  ['type(body.n) == double', true],
  ["body.foo.matches('^b.r$')", true],
  ['body.nothing == null', true],
  ['body.nested.ok', true],
  ["[1, 2].map(x, x * 2) == [2, 4] && 'a' in {'a': 1}", true],
]
/** At load they compile; at the probe they are no verdict. */
const FAILURES: readonly [expression: string, error: RegExp][] = [
  ['body.missing == 1', /missing/],
  ['body.n', /a number where true or false/],
  ['body.foo', /a string where true or false/],
  ['body.foo > 1', /./],
]
const REFUSED: readonly [expression: string, message: RegExp][] = [
  ['', /is empty/],
  ['  ', /is empty/],
  ['body.a ==', /at 1:8/],
  ['foo == 1', /not `foo`/],
  ['body.a && foo', /not `foo`/],
  ['nofunction(body)', /not `nofunction\(\)`/],
  ['body.items.exists(i, j > 1)', /not `j`/],
]

describe('prober/config/cel', (test) => {
  for (const [expression, verdict] of VERDICTS) {
    test(`${expression} is ${verdict}`, async () => {
      const compiled = await compileCel(expression)
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.message)
      assert.equal(compiled.ok && compiled.value.evaluate(BODY), verdict)
    })
  }
  for (const [expression, error] of FAILURES) {
    test(`${expression} is an error, not a verdict`, async () => {
      const compiled = await compileCel(expression)
      const verdict = compiled.ok && compiled.value.evaluate(BODY)
      assert.match(typeof verdict === 'object' ? verdict.error : `gave ${verdict}`, error)
    })
  }
  for (const [expression, message] of REFUSED) {
    test(`${JSON.stringify(expression)} is refused when the file is loaded`, async () => {
      const compiled = await compileCel(expression)
      assert.match(compiled.ok ? 'compiled' : compiled.message, message)
    })
  }

  for (const body of [null, 1, 'text', [1], true]) {
    test(`a body that is ${JSON.stringify(body)} can be judged`, async () => {
      const compiled = await compileCel('body == null || size([body]) == 1')
      assert.is(compiled.ok && compiled.value.evaluate(body), true)
    })
  }
})
