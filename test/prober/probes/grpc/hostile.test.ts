/** Servers at their worst: every probe ends by its deadline, with the right reason and status, and leaves nothing open. */
import { createAuthority } from '../../../../cli/demo/authority.ts'
import { assert, describe } from '../../../harness.ts'
import { framed, type Http2Behaviour, type RawAnswer, respond, serveHttp2 } from '../../../servers/grpc.ts'
import {
  type Behaviour,
  flood,
  reset,
  say,
  sayAndClose,
  sayAndReset,
  serveRaw,
  silent,
} from '../../../servers/hostile.ts'
import type { TestServer } from '../../../servers/http.ts'
import { run } from '../grpc-module.ts'
import { sumOfPhases, trusting, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', ips: ['127.0.0.1'] })
const TIMEOUT_SECONDS = 0.5
/** For rows that must end by themselves: a loaded machine may be slow to get there. */
const PATIENT_SECONDS = 10

interface Expected {
  readonly verdict: string
  readonly code: number
  readonly message?: RegExp
}

async function expectEnd(server: TestServer, { verdict, code, message = /^[A-Z]/ }: Expected): Promise<void> {
  const timeoutSeconds = verdict.endsWith('_timeout') ? TIMEOUT_SECONDS : PATIENT_SECONDS
  const result = await run(`127.0.0.1:${server.port}`, {}, { timeoutSeconds })
  assert.is(verdictOf(result), verdict, `${verdictOf(result)} ${result.outcome.ok ? '' : result.outcome.message}`)
  assert.is(result.grpc.statusCode, code)
  if (!result.outcome.ok) {
    assert.match(result.outcome.message, message)
    assert.not.match(result.outcome.message, /undefined|\[object|NaN/)
    assert.ok(result.phases[result.outcome.phase] !== undefined, 'no time in the phase that failed')
  }
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
  await closedSoon(server)
  assert.is(server.connections(), 1, 'one attempt is one connection')
}

/** The server sees our end of the connection gone; the runner fails when it never happens. */
async function closedSoon(server: TestServer): Promise<void> {
  while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

const OK = { 'grpc-status': '0' }
const SERVING = framed([8, 1])

const ANSWERS: readonly (readonly [string, RawAnswer, Expected])[] = [
  [
    'in trailers without grpc-status',
    { body: SERVING, trailers: { x: 'y' } },
    { verdict: 'transfer response_malformed', code: 2 },
  ],
  ['without trailers', { body: SERVING }, { verdict: 'transfer response_malformed', code: 13, message: /trailers/ }],
  ['with a head alone', {}, { verdict: 'transfer response_malformed', code: 2 }],
  [
    'with a grpc-status that is no number',
    { body: SERVING, trailers: { 'grpc-status': 'abc' } },
    { verdict: 'transfer response_malformed', code: 2, message: /"abc"/ },
  ],
  [
    'with a status that gRPC does not know',
    { head: { 'grpc-status': '99', 'grpc-message': 'x' } },
    { verdict: 'check grpc_status', code: 99, message: /status 99 and said: x$/ },
  ],
  ['with a negative status', { head: { 'grpc-status': '-1' } }, { verdict: 'check grpc_status', code: 4_294_967_295 }],
  [
    'OK in the head, another status in the trailers',
    { head: OK, body: SERVING, trailers: { 'grpc-status': '5' } },
    { verdict: 'check grpc_status', code: 5 },
  ],
  [
    'with endless words',
    { head: { 'grpc-status': '2', 'grpc-message': '%07'.repeat(9) + 'ab%zz'.repeat(2000) } },
    { verdict: 'check grpc_status', code: 2, message: /said: ab%zz.{190,200}…$/ },
  ],
  ['OK without a message', { head: OK }, { verdict: 'transfer body_malformed', code: 13 }],
  ['OK with an empty body', { body: Buffer.alloc(0), trailers: OK }, { verdict: 'transfer body_malformed', code: 13 }],
  [
    'with a message compressed',
    { body: framed([8, 1], 1), trailers: OK, head: { 'grpc-encoding': 'gzip' } },
    { verdict: 'transfer body_malformed', code: 13, message: /compressed with "gzip"/ },
  ],
  [
    'with a frame that is none',
    { body: framed([8, 1], 7), trailers: OK },
    { verdict: 'transfer body_malformed', code: 13 },
  ],
  [
    'with a message cut off',
    { body: framed([8, 1], 0, 10), trailers: OK },
    { verdict: 'transfer body_malformed', code: 13, message: /after 7 bytes, of 15/ },
  ],
  [
    'with two messages',
    { body: Buffer.concat([SERVING, SERVING]), trailers: OK },
    { verdict: 'transfer body_malformed', code: 13 },
  ],
  [
    'with a message of 5 MiB announced',
    { body: framed([8, 1], 0, 5_242_880), trailers: OK },
    { verdict: 'transfer body_too_large', code: 8 },
  ],
  [
    'with a message that is no protobuf',
    { body: framed([8]), trailers: OK },
    { verdict: 'transfer body_malformed', code: 13 },
  ],
  [
    'in HTML with status 200',
    { head: { 'content-type': 'text/html' }, body: Buffer.from('<p>') },
    { verdict: 'transfer response_malformed', code: 2, message: /"text\/html"/ },
  ],
  [
    'in gRPC-Web',
    { head: { 'content-type': 'application/grpc-web' }, body: SERVING },
    { verdict: 'transfer response_malformed', code: 2 },
  ],
  [
    'with HTTP 404',
    { head: { ':status': 404, 'content-type': 'text/html' } },
    { verdict: 'check grpc_status', code: 12, message: /HTTP status 404/ },
  ],
  [
    'with HTTP 502',
    { head: { ':status': 502, 'content-type': 'text/plain' } },
    { verdict: 'check grpc_status', code: 14 },
  ],
  [
    'with HTTP 401',
    { head: { ':status': 401, 'content-type': 'text/plain' } },
    { verdict: 'check grpc_status', code: 16 },
  ],
  [
    'with HTTP 418',
    { head: { ':status': 418, 'content-type': 'text/plain' } },
    { verdict: 'check grpc_status', code: 2 },
  ],
  [
    'with HTTP 503 and a grpc-status, which counts',
    { head: { ':status': 503, 'grpc-status': '7' } },
    { verdict: 'check grpc_status', code: 7 },
  ],
  [
    'with HTTP 503 as gRPC, but without a grpc-status',
    { head: { ':status': 503 } },
    { verdict: 'check grpc_status', code: 14 },
  ],
  [
    'a compression that it does not use',
    { head: { 'grpc-encoding': 'gzip' }, body: SERVING, trailers: OK },
    { verdict: 'ok', code: 0 },
  ],
  [
    'as application/grpc+proto',
    { head: { 'content-type': 'application/grpc+proto' }, body: SERVING, trailers: OK },
    { verdict: 'ok', code: 0 },
  ],
]

describe('a gRPC probe of a server that answers', (test) => {
  for (const [title, answer, expected] of ANSWERS) {
    test(`${title}: ${expected.verdict}`, async () => {
      await using server = await serveHttp2({ onStream: (stream) => respond(stream, answer) })
      await expectEnd(server, expected)
    })
  }
})

/** RFC 9113 §7 beside grpc-go's codes. */
const RESETS = [13, 13, 13, 8, 13, 13, 13, 14, 1, 13, 13, 8, 7, 13]

describe('a gRPC probe of a server that resets', (test) => {
  for (const [errorCode, code] of RESETS.entries()) {
    test(`its stream with error ${errorCode}: status ${code}`, async () => {
      await using server = await serveHttp2({ onStream: (stream) => stream.close(errorCode) })
      await expectEnd(server, { verdict: 'processing response_reset', code, message: /RST_STREAM/ })
    })
  }
})

const HEAD_ONLY = { ':status': 200, 'content-type': 'application/grpc' }

const SESSIONS: readonly (readonly [string, Http2Behaviour, Expected])[] = [
  ['never answers', {}, { verdict: 'processing response_timeout', code: 4 }],
  [
    'sends its head and no more',
    { onStream: (stream) => stream.respond(HEAD_ONLY) },
    { verdict: 'transfer body_timeout', code: 4 },
  ],
  [
    'drips its message',
    {
      onStream: (stream) => {
        stream.respond(HEAD_ONLY)
        stream.write(framed([8], 0, 60_000))
        const timer = setInterval(() => stream.write('a'), 20)
        stream.once('close', () => clearInterval(timer))
      },
    },
    { verdict: 'transfer body_timeout', code: 4 },
  ],
  [
    'sends data without end',
    {
      onStream: (stream) => {
        stream.respond(HEAD_ONLY)
        const pour = () => {
          while (!stream.destroyed && stream.write(Buffer.alloc(16_384)));
        }
        stream.on('drain', pour)
        pour()
      },
    },
    { verdict: 'transfer body_malformed', code: 13 },
  ],
  [
    'sends interim answers and no other',
    {
      onStream: (stream) => {
        for (let at = 0; at < 50; at += 1) stream.additionalHeaders({ ':status': 103 })
      },
    },
    { verdict: 'processing response_timeout', code: 4 },
  ],
  [
    'closes when it is asked',
    { onStream: (stream) => stream.session?.destroy() },
    { verdict: 'processing response_reset', code: 14 },
  ],
]

describe('a gRPC probe of a server that', (test) => {
  for (const [title, behaviour, expected] of SESSIONS) {
    test(`${title}: ${expected.verdict}`, async () => {
      await using server = await serveHttp2(behaviour)
      await expectEnd(server, expected)
    })
  }
})

/** RFC 9113 §4.1: length, type, flags, stream; then the payload. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const SETTINGS = frame(4, 0, 0)
const times = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes))
/** `:status: 200` and then a literal header, x: aaa…, 100 bytes each (RFC 7541 §6.2.2). */
const LITERAL = Buffer.concat([Buffer.from([0, 1, 0x78, 100]), Buffer.alloc(100, 'a')])
const HEADERS_BEGUN = frame(1, 0, 1, Buffer.from([0x88]))
const CONTINUATION = frame(9, 0, 1, times(100, LITERAL))

/** RFC 9113 §6.8: the last stream that was taken, and why no more are. */
const goaway = (code: number) => frame(7, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, code]))
/** `:status: 200` and `content-type: application/grpc`, by their numbers in RFC 7541's table. */
const HEAD_FRAME = frame(1, 4, 1, Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, 16]), Buffer.from('application/grpc')]))
const resetWith = (code: number) => frame(3, 0, 1, Buffer.from([0, 0, 0, code]))

const RAW: readonly (readonly [string, Behaviour, Expected])[] = [
  ['accepts and stays silent', silent, { verdict: 'processing response_timeout', code: 4 }],
  ['is silent after its preface', say(SETTINGS), { verdict: 'processing response_timeout', code: 4 }],
  [
    'speaks HTTP/1.1',
    sayAndClose('HTTP/1.1 400 Bad Request\r\n\r\n'),
    { verdict: 'processing response_malformed', code: 14, message: /is this a gRPC port/ },
  ],
  ['speaks SSH', say('SSH-2.0-OpenSSH_9\r\n'.repeat(3)), { verdict: 'processing response_malformed', code: 14 }],
  ['sends random bytes', say(Buffer.alloc(4096, 0xfe)), { verdict: 'processing response_malformed', code: 14 }],
  [
    'closes without a word',
    sayAndClose(''),
    { verdict: 'processing response_reset', code: 14, message: /without an answer: is tls in the module as/ },
  ],
  ['resets', sayAndReset(''), { verdict: 'processing response_reset', code: 14 }],
  ['resets after its preface', sayAndReset(SETTINGS), { verdict: 'processing response_reset', code: 14 }],
  [
    'says goodbye at once',
    say(Buffer.concat([SETTINGS, goaway(0)])),
    { verdict: 'processing response_reset', code: 14, message: /GOAWAY, NO_ERROR/ },
  ],
  [
    'says goodbye in anger',
    say(Buffer.concat([SETTINGS, goaway(11)])),
    { verdict: 'processing response_reset', code: 14, message: /GOAWAY, ENHANCE_YOUR_CALM/ },
  ],
  [
    'resets the stream after its head',
    say(Buffer.concat([SETTINGS, HEAD_FRAME, resetWith(2)])),
    { verdict: 'transfer body_reset', code: 13, message: /RST_STREAM, INTERNAL_ERROR/ },
  ],
  [
    'resets the stream after its message',
    say(Buffer.concat([SETTINGS, HEAD_FRAME, frame(0, 0, 1, SERVING), resetWith(8)])),
    { verdict: 'transfer body_reset', code: 1, message: /RST_STREAM, CANCEL/ },
  ],
  [
    'closes after its message',
    sayAndClose(Buffer.concat([SETTINGS, HEAD_FRAME, frame(0, 0, 1, SERVING)])),
    { verdict: 'transfer body_reset', code: 14 },
  ],
  [
    'floods with settings',
    flood(SETTINGS, times(1000, SETTINGS)),
    { verdict: 'processing response_malformed', code: 14 },
  ],
  [
    'pushes instead of answering',
    say(Buffer.concat([SETTINGS, frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x82]))])),
    { verdict: 'processing response_timeout', code: 4 },
  ],
  [
    'sends a head of 15,000 fields',
    say(Buffer.concat([SETTINGS, frame(1, 4, 1, Buffer.concat([Buffer.from([0x88]), Buffer.alloc(15_000, 0xa0)]))])),
    { verdict: 'processing response_headers_too_large', code: 8 },
  ],
  [
    'sends headers that never end',
    flood(Buffer.concat([SETTINGS, HEADERS_BEGUN]), times(4, CONTINUATION)),
    { verdict: 'processing response_malformed', code: 14 },
  ],
  [
    'sends a frame larger than allowed',
    say(Buffer.concat([SETTINGS, frame(0, 0, 1, Buffer.alloc(70_000))])),
    { verdict: 'processing response_malformed', code: 14 },
  ],
  [
    'sends data before its head',
    say(Buffer.concat([SETTINGS, frame(0, 0, 1, SERVING)])),
    { verdict: 'processing response_malformed', code: 14 },
  ],
]

describe('a gRPC probe of a port that', (test) => {
  for (const [title, behaviour, expected] of RAW) {
    test(`${title}: ${expected.verdict}`, async () => {
      await using server = await serveRaw(behaviour)
      await expectEnd(server, expected)
    })
  }

  test('floods with pings ends by the deadline at the latest', async () => {
    await using server = await serveRaw(flood(SETTINGS, times(1000, frame(6, 0, 0, Buffer.alloc(8)))))
    const result = await run(`127.0.0.1:${server.port}`, {}, { timeoutSeconds: TIMEOUT_SECONDS })
    assert.ok(['processing response_timeout', 'processing response_malformed'].includes(verdictOf(result)))
    await closedSoon(server)
  })

  test('resets before it is asked', async () => {
    await using server = await serveRaw(reset)
    // Which of the two it is, the kernel's timing decides.
    const result = await run(`127.0.0.1:${server.port}`)
    assert.ok(['connect connect_reset', 'processing response_reset'].includes(verdictOf(result)), verdictOf(result))
    assert.is(result.grpc.statusCode, 14)
  })

  test('is silent in the TLS handshake: DEADLINE_EXCEEDED', async () => {
    await using server = await serveRaw(silent)
    const module = { useTls: true, tls: trusting(authority.certPem) }
    const result = await run(`127.0.0.1:${server.port}`, module, { timeoutSeconds: TIMEOUT_SECONDS })
    assert.is(verdictOf(result), 'tls tls_timeout')
    assert.is(result.grpc.statusCode, 4)
    await closedSoon(server)
  })

  test('is silent after the TLS handshake', async () => {
    await using server = await serveRaw(silent, identity, ['h2'])
    const module = { useTls: true, tls: trusting(authority.certPem) }
    const result = await run(`127.0.0.1:${server.port}`, module, { timeoutSeconds: TIMEOUT_SECONDS })
    assert.is(verdictOf(result), 'processing response_timeout')
    assert.equal(result.grpc, { ssl: true, statusCode: 4, servingStatus: undefined })
    await closedSoon(server)
  })
})

describe('a gRPC probe that is cancelled', (test) => {
  test('says so, and closes its connection', async () => {
    await using server = await serveRaw(
      (socket) => void socket.once('data', () => setTimeout(() => controller.abort(), 20)),
    )
    const controller = new AbortController()
    const result = await run(`127.0.0.1:${server.port}`, {}, { timeoutSeconds: 30 }, controller.signal)
    assert.is(verdictOf(result), 'processing cancelled')
    assert.is(result.grpc.statusCode, 1)
    await closedSoon(server)
  })
})
