import { encodeRequestHead, type Http1Request } from '../../../prober/wire/http-request.ts'
import { fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const encode = (request: Partial<Http1Request>) =>
  encodeRequestHead({
    method: 'GET',
    path: '/',
    headers: ['host', 'a'],
    body: undefined,
    upgrade: undefined,
    ...request,
  })

describe('an HTTP/1.1 request', (test) => {
  test('closes its connection, and names its headers in their order', () => {
    const head = 'GET /a?b HTTP/1.1\r\nhost: a\r\nX-Y: é\r\nconnection: close\r\n\r\n'
    assert.is(encode({ path: '/a?b', headers: ['host', 'a', 'X-Y', 'é'] }), head)
  })

  for (const [method, body, length] of [
    ['POST', Buffer.from('abc'), '3'],
    ['POST', undefined, '0'],
    ['PATCH', undefined, '0'],
    ['GET', Buffer.from('a'), '1'],
    ['GET', undefined, undefined],
    ['DELETE', undefined, undefined],
  ] as const) {
    test(`${method} with ${body?.length ?? 'no'} bytes announces ${length ?? 'nothing'}`, () => {
      assert.is(/content-length: (\d+)/.exec(encode({ method, body }) ?? '')?.[1], length)
    })
  }

  test('asks to switch protocols instead of closing', () => {
    assert.match(encode({ upgrade: 'h2c' }) ?? '', /\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n$/)
  })

  for (const [title, request] of [
    ['a space in the path', { path: '/a b' }],
    ['no path', { path: '' }],
    ['a line break in the path', { path: '/\r\nX: y' }],
    ['a character beyond a byte in the path', { path: '/\u010a' }],
    ['a space in the method', { method: 'GET /' }],
    ['a line break in a value', { headers: ['a', 'b\r\nc: d'] }],
    ['a character beyond a byte in a value', { headers: ['a', '\u010a'] }],
    ['a colon in a name', { headers: ['a:', 'b'] }],
    ['a line break in the upgrade', { upgrade: 'x\r\ny: z' }],
  ] as const) {
    test(`refuses ${title}`, () => assert.is(encode(request), undefined))
  }

  test('has as many lines as headers, whatever they hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    fuzz(fc.tuple(text, fc.array(fc.tuple(text, text), { maxLength: 4 })), ([path, pairs]) => {
      const head = encode({ path, headers: pairs.flat() })
      if (head !== undefined) assert.is(head.split(/\r\n|\r|\n/).length, pairs.length + 4)
    })
  })
})
