import { queryOf, targetOf } from '../../../prober/server/query.ts'
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

describe('a target', (test) => {
  const texts: readonly (readonly [string, string])[] = [
    ['http://a/?b=c', 'http://a/?b=c'],
    ['http://a/x%2Fy?q=a+b%26c', 'http://a/x%2Fy?q=a+b%26c'],
    ['a.example/100%', 'a.example/100%'],
    ['example.com%2Fpath', 'example.com%2Fpath'],
    ['https%3A%2F%2Fa%2Fb%3Fc%3Dd+e', 'https://a/b?c=d e'],
    ['HTTP%3a%2f%2fcaf%C3%A9', 'HTTP://café'],
    ['http%3A%2F%2Fa%2Fx%252Fy', 'http://a/x%2Fy'],
    ['', ''],
  ]
  for (const [text, decoded] of texts) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(decoded)}`, () =>
      assert.equal(targetOf(text), { ok: true, text: decoded }))
  }
  const wrong: readonly (readonly [string, string])[] = [
    ['http%3A%2F%2F%zz', '"%zz"'],
    ['http%3A%2F%2F100%', '"%"'],
    ['http%3A%2F%2Fa%4', '"%4"'],
    ['http%3A%2F%2F%%41', '"%%4"'],
  ]
  for (const [text, quoted] of wrong) {
    test(`${text}, encoded twice and broken, is refused`, () =>
      assert.equal(targetOf(text), { ok: false, message: `invalid URL escape ${quoted}` }))
  }
})
