import { encodeConnect, readConnectReply } from '../../../prober/wire/http-connect.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const read = (text: string) => readConnectReply(Buffer.from(text, 'latin1'))

describe('HTTP CONNECT', (test) => {
  test('asks for an authority, with headers in their order', () => {
    const headers = [
      ['X-One', '1'],
      ['X-Two', '2'],
    ] as const
    const request = 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nX-One: 1\r\nX-Two: 2\r\n\r\n'
    assert.is(encodeConnect('a.example:443', headers)?.toString(), request)
  })

  test('sends a value as UTF-8, so that no character becomes a line break', () => {
    const request = encodeConnect('a:1', [['X-Name', 'é\u010a\u010dY: z']])
    assert.is(request?.toString('utf8').split('\r\n')[2], 'X-Name: é\u010a\u010dY: z')
    assert.is(request?.filter((byte) => byte === 0x0a).length, 4)
  })

  for (const [title, authority, headers] of [
    ['a line break in the authority', 'a\r\nX: y', []],
    ['a space in the authority', 'a b', []],
    ['a line break in a value', 'a:1', [['X', 'y\nZ: 1']]],
    ['a line break in a name', 'a:1', [['X\r\nY', 'z']]],
  ] as const) {
    test(`refuses ${title}`, () => assert.is(encodeConnect(authority, headers), undefined))
  }

  for (const [answer, expected] of [
    ['HTTP/1.1 200 OK\r\n\r\n', { statusCode: 200, reason: 'OK' }],
    ['HTTP/1.0 200\r\n\r\n', { statusCode: 200, reason: '' }],
    ['HTTP/1.1 407 Who?\r\nA: b\r\n\r\n', { statusCode: 407, reason: 'Who?' }],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', { statusCode: 200, reason: 'OK' }],
    ['HTTP/1.1 502 \u001b[31m\r\n\r\n', { statusCode: 502, reason: '?[31m' }],
  ] as const) {
    test(`reads ${JSON.stringify(answer)}`, () => {
      assert.equal(read(answer), { state: 'done', value: expected, bytes: answer.length })
    })
  }

  for (const [title, answer, state] of [
    ['nothing', '', 'more'],
    ['the beginning of a version', 'HTT', 'more'],
    ['a header without its end', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'more'],
    ['another protocol, at its first byte', 'S', 'malformed'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'malformed'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n', 'malformed'],
    ['an endless header', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`, 'malformed'],
    ['an endless row of interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5_000), 'malformed'],
  ] as const) {
    test(`${title}: ${state}`, () => assert.is(read(answer).state, state))
  }

  test('what follows the header is left for the next reader, wherever it is cut', () => {
    const head = 'HTTP/1.1 200 OK\r\nVia: x\r\n\r\n'
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat({ max: head.length - 1 }), (rest, length) => {
        const parsed = readConnectReply(Buffer.concat([Buffer.from(head), rest]))
        assert.is(parsed.state === 'done' ? parsed.bytes : -1, head.length)
        assert.is(read(head.slice(0, length)).state, 'more')
      }),
    )
  })

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readConnectReply(Buffer.from(bytes))))
  })
})
