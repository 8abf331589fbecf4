import { createServer } from 'node:http'

import {
  createResponseReader,
  endResponse,
  MOST_HEADER_BYTES,
  type ReadFault,
  type Reading,
  type ResponseHead,
  readResponse,
} from '../../../prober/wire/http-response.ts'
import { damaged, fc, fuzz, pieces } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

interface Read {
  readonly state: Reading['state'] | ReadFault
  readonly heads: readonly ResponseHead[]
  readonly body: string
}

interface Options {
  readonly method?: string
  readonly cuts?: readonly number[]
  readonly isClosed?: boolean
}

/** All of it, in pieces when `cuts` says so, and then the end of the connection when `isClosed`. */
function read(answer: Buffer | string, { method = 'GET', cuts = [], isClosed = false }: Options = {}): Read {
  const heads: ResponseHead[] = []
  const body: Buffer[] = []
  const reader = createResponseReader(method, {
    onHead: (head) => heads.push(head) > 0,
    onData: (chunk) => void body.push(Buffer.from(chunk)),
  })
  let reading: Reading = { state: 'more' }
  for (const piece of pieces(Buffer.from(answer as string, 'latin1'), cuts)) {
    reading = readResponse(reader, piece)
    if (reading.state !== 'more') break
  }
  if (isClosed && reading.state === 'more') reading = endResponse(reader)
  const state = reading.state === 'fault' ? reading.fault : reading.state
  return { state, heads, body: Buffer.concat(body).toString('latin1') }
}

const headers = (head: ResponseHead | undefined) => ({ ...head?.headers })
const OK = 'HTTP/1.1 200 OK\r\n'

describe('an HTTP/1 answer', (test) => {
  test('is read: status, version, headers in lower case, body by its length', () => {
    const { state, heads, body } = read(`${OK}Content-Length: 3\r\nX-Empty:\r\nX-Spaced: \t a b \t\r\n\r\nabcdef`)
    assert.is(state, 'done')
    assert.equal([heads[0]?.statusCode, heads[0]?.version, body], [200, 1.1, 'abc'])
    assert.equal(headers(heads[0]), { 'content-length': '3', 'x-empty': '', 'x-spaced': 'a b' })
  })

  for (const [title, answer, expected, options] of [
    ['a status without a reason', 'HTTP/1.1 204\r\n\r\n', 'done:'],
    ['HTTP/1.0, until it closes', 'HTTP/1.0 200 OK\r\n\r\nabc', 'done:abc', { isClosed: true }],
    ['no length, before it closes', `${OK}\r\nabc`, 'more:abc'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 'done:ok'],
    ['a body of no length', `${OK}Content-Length: 0\r\n\r\n`, 'done:'],
    ['the same length twice', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, 'done:ok'],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`, 'done:abcde'],
    ['trailers', `${OK}Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\n`, 'done:a'],
    [
      'chunks beside a length',
      `${OK}Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      'done:a',
    ],
    ['chunks of gzip', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`, 'done:a'],
    ['a coding that is not chunked', `${OK}Transfer-Encoding: gzip\r\n\r\nabc`, 'done:abc', { isClosed: true }],
    [
      'chunks of HTTP/1.0, which has none',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1',
      'done:1',
      { isClosed: true },
    ],
    ['the length that HEAD would have', `${OK}Content-Length: 9\r\n\r\n`, 'done:', { method: 'HEAD' }],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', 'done:'],
    ['101', 'HTTP/1.1 101 Switching Protocols\r\n\r\nxyz', 'done:'],
  ] as const satisfies readonly (readonly [string, string, string, Options?])[]) {
    test(`may have ${title}`, () => {
      const { state, body } = read(answer, options)
      assert.is(`${state}:${body}`, expected)
    })
  }

  for (const [title, answer, expected, options] of [
    ['another protocol, at once', 'SSH-', 'malformed'],
    ['TLS, at once', '\u0015\u0003\u0001', 'malformed'],
    ['HTTP/2', 'HTTP/2 200\r\n', 'malformed'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n', 'malformed'],
    ['a status below 100', 'HTTP/1.1 099 No\r\n', 'malformed'],
    ['a header without a name', `${OK}: a\r\n`, 'malformed'],
    ['a header without a colon', `${OK}abc\r\n`, 'malformed'],
    ['a space before the colon', `${OK}A : b\r\n`, 'malformed'],
    ['a folded line before any header', `${OK} a\r\n`, 'malformed'],
    ['a NUL in a value', `${OK}A: b\u0000c\r\n`, 'malformed'],
    ['a carriage return in a value', `${OK}A: b\rc\r\n`, 'malformed'],
    ['a length that is no number', `${OK}Content-Length: +3\r\n\r\n`, 'malformed'],
    ['a length beyond all', `${OK}Content-Length: 99999999999999999\r\n\r\n`, 'malformed'],
    ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 'malformed'],
    ['a chunk without a size', `${OK}Transfer-Encoding: chunked\r\n\r\n;x\r\n`, 'malformed'],
    ['a chunk of endless size', `${OK}Transfer-Encoding: chunked\r\n\r\n${'1'.repeat(5000)}`, 'malformed'],
    ['a chunk longer than it said', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc`, 'malformed'],
    ['too many interim answers', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(6), 'too_many_interim'],
    ['endless headers', `${OK}${'A: b\r\n'.repeat(MOST_HEADER_BYTES / 6)}`, 'headers_too_large'],
    ['one endless header', `${OK}A: ${'b'.repeat(MOST_HEADER_BYTES)}`, 'headers_too_large'],
    [
      'endless trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'A: b\r\n'.repeat(50_000)}`,
      'headers_too_large',
    ],
    ['an end in the status', 'HTTP/1.', 'closed', { isClosed: true }],
    ['no byte at all', '', 'closed', { isClosed: true }],
    ['an end in the headers', `${OK}A: b\r\n`, 'closed', { isClosed: true }],
    ['an end in the body', `${OK}Content-Length: 3\r\n\r\nab`, 'closed', { isClosed: true }],
    ['an end before the last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`, 'closed', { isClosed: true }],
  ] as const satisfies readonly (readonly [string, string, string, Options?])[]) {
    test(`with ${title} is a fault: ${expected}`, () => assert.is(read(answer, options).state, expected))
  }

  test('a header that comes twice has two values, a folded line goes on with the last', () => {
    const { heads } = read(`${OK}A: 1\r\nB: 2\r\nA: 3\r\n  4\r\n__proto__: 5\r\n\r\n`)
    assert.equal(heads[0]?.headers.a, ['1', '3 4'])
    assert.is(Object.entries(heads[0]?.headers ?? {}).find(([name]) => name === '__proto__')?.[1], '5')
  })

  test('interim answers are passed over, headers and all', () => {
    const { heads } = read(`HTTP/1.1 103 Early Hints\r\nA: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}B: 2\r\n\r\n`)
    assert.equal(heads.map(headers), [{ b: '2' }])
  })

  test('whose body nobody wants is over with its headers', () => {
    const reader = createResponseReader('GET', { onHead: () => false, onData: () => assert.unreachable() })
    assert.is(readResponse(reader, Buffer.from(`${OK}Content-Length: 3\r\n\r\nabc`)).state, 'done')
  })

  test('means the same however the network cuts it', () => {
    const answers = fc.constantFrom(
      `${OK}Content-Length: 5\r\nA: b\r\nA: c\r\n d\r\n\r\nhello`,
      `HTTP/1.1 102 Processing\r\n\r\n${OK}Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\n`,
      'HTTP/1.0 404 Not Found\r\n\r\nuntil it closes',
    )
    fuzz(fc.tuple(answers, fc.array(fc.nat(), { maxLength: 30 })), ([answer, cuts]) => {
      assert.equal(read(answer, { cuts, isClosed: true }), read(answer, { isClosed: true }))
    })
  })

  test('never throws, never keeps more than it is given, and ends with the connection, whatever comes', () => {
    const valid = fc
      .tuple(
        fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n'),
        fc.constantFrom('200 OK', '204 No', '304 Not', '500 Oh', '101 Switch'),
        fc.array(
          fc.tuple(
            fc.constantFrom('A', 'Transfer-Encoding', 'Content-Length', 'Set-Cookie'),
            fc.constantFrom('chunked', '5', '3', 'x, y', ''),
          ),
          { maxLength: 4 },
        ),
        fc.constantFrom('hello', '5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', ''),
      )
      .map(([before, status, fields, body]) =>
        Buffer.from(
          `${before}HTTP/1.1 ${status}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
        ),
      )
    const bytes = fc.oneof(
      damaged(valid),
      fc.uint8Array({ maxLength: 300 }).map((given) => Buffer.from(given)),
    )
    fuzz(fc.tuple(bytes, fc.array(fc.nat(), { maxLength: 5 })), ([given, cuts]) => {
      const { state, heads, body } = read(given.toString('latin1'), { cuts, isClosed: true })
      assert.ok(state !== 'more' && heads.length <= 1 && body.length <= given.length)
      assert.ok(state !== 'done' || heads.length === 1)
    })
  })

  test('of node:http reads as node:http meant it', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'x-list': ['a', 'b'] })
      for (const part of ['one', 'two', 'three']) response.write(part)
      response.end()
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const { connect } = await import('node:net')
    const got = await new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = []
      const socket = connect(address.port, '127.0.0.1')
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('close', () => resolve(Buffer.concat(chunks)))
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    })
    server.close()
    const { state, heads, body } = read(got.toString('latin1'))
    assert.equal([state, body, heads[0]?.headers['x-list']], ['done', 'onetwothree', ['a', 'b']])
  })
})
