import { emptyPage, paged } from '../../../prober/server/pages.ts'
import { assert, describe } from '../../harness.ts'

function sent(parts: readonly (string | Buffer)[]): string[] {
  return Array.from(paged(parts, emptyPage()), String)
}

describe('pages', (test) => {
  const cases: readonly (readonly [what: string, parts: readonly (string | Buffer)[], pages: number])[] = [
    ['nothing', [], 0],
    ['an empty text', [''], 0],
    ['one line', ['a\n'], 1],
    ['texts and bytes', ['a\n', Buffer.from('ä\n'), '€😀\n'], 1],
    ['many lines', Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`), 2],
    ['a text larger than a page', ['a\n', 'ä'.repeat(70_000), 'b\n'], 3],
    ['bytes larger than a page', [Buffer.alloc(200_000, 'x'), 'b\n'], 2],
    ['bytes that fill a page exactly', [Buffer.alloc(65_536, 'x'), Buffer.alloc(65_536, 'y')], 2],
  ]
  for (const [what, parts, pages] of cases) {
    test(`${what}: all of it, in order, in ${pages}`, () => {
      assert.is(sent(parts).join(''), parts.join(''))
      assert.is(sent(parts).length, pages)
    })
  }

  test('are made as they are asked for', () => {
    let asked = 0
    function* lines() {
      for (; asked < 100; asked++) yield 'x'.repeat(10_000)
    }
    const pages = paged(lines(), emptyPage())
    pages.next()
    assert.ok(asked < 5, `${asked}`)
  })
})
