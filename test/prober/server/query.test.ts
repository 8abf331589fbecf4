import { queryOf, queryUnescape } from '../../../prober/server/query.ts'
import { assert, describe } from '../../harness.ts'

describe('query', (test) => {
  const urls: readonly (readonly [string, string | null])[] = [
    ['/probe?target=a&target=b', 'a'],
    ['/probe?target=a%20b', 'a b'],
    ['/probe?x=1', null],
    ['/probe', null],
    ['/probe?target', ''],
    ['http://host/probe?target=a?b', 'a?b'],
  ]
  for (const [url, target] of urls) test(url, () => assert.is(queryOf(url).get('target'), target))
})

// Go's url.QueryUnescape.
describe('second decoding', (test) => {
  const texts: readonly (readonly [string, string])[] = [
    ['http://a/?b=c', 'http://a/?b=c'],
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['%68ttp', 'http'],
    ['caf%C3%A9', 'café'],
    ['%00', '\0'],
    ['%ff', '\u{fffd}'],
    ['', ''],
  ]
  for (const [text, decoded] of texts) test(text, () => assert.equal(queryUnescape(text), { ok: true, text: decoded }))
  const wrong: readonly (readonly [string, string])[] = [
    ['%zz', '"%zz"'],
    ['100%', '"%"'],
    ['a%4', '"%4"'],
    ['%%41', '"%%4"'],
    ['%41%4g+', '"%4g"'],
  ]
  for (const [text, quoted] of wrong) {
    test(`${text} is refused`, () =>
      assert.equal(queryUnescape(text), { ok: false, message: `invalid URL escape ${quoted}` }))
  }
})
