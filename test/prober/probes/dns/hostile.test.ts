/** Name servers at their worst: every probe ends by its deadline, with the right reason, and leaves nothing open. */
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { DnsModule } from '../../../../prober/config/schema.ts'
import type { Result } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import { A_RECORD, answerTo, framed, serveUdp } from '../../../servers/dns-bytes.ts'
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
import { dnsModule, runDns } from '../dns-module.ts'
import { regexp, sumOfPhases, testProbe, trusting, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=dns.test', ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)
const TIMEOUT_SECONDS = 0.5
/** Of UDP: wrong datagrams are passed over until then. */
const ONLY_FOREIGN = 'processing response_malformed'
/** Of verdicts that do not wait for the deadline. */
const PATIENT_SECONDS = 30

async function expectVerdict(
  target: string,
  module: Partial<DnsModule>,
  verdict: string,
  message?: RegExp,
): Promise<Result> {
  const isWaiting = verdict.endsWith('_timeout') || verdict === ONLY_FOREIGN
  const timeoutSeconds = isWaiting ? TIMEOUT_SECONDS : PATIENT_SECONDS
  const result = await runDns(target, { tls, ...module }, { timeoutSeconds })
  assert.is(verdictOf(result), verdict, `${verdictOf(result)}: ${JSON.stringify(result.outcome)}`)
  const { outcome, phases } = result
  if (!outcome.ok) {
    assert.ok(phases[outcome.phase] !== undefined, `no time in the phase that failed: ${Object.keys(phases)}`)
    assert.match(outcome.message, message ?? /^[A-Z0-9]/)
    assert.not.match(outcome.message, /undefined|\[object/)
  }
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
  return result
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const otherId = (query: Buffer) => answerTo(query, { id: (query.readUInt16BE(0) + 1) & 0xffff })
const otherQuestion = (query: Buffer) => answerTo(query, { question: Buffer.from('01610000010001', 'hex') })
const isQuery = (query: Buffer) => answerTo(query, { flags: 0x0100 })
const garbage = () => Buffer.from('SSH-2.0-OpenSSH_9.9 is no name server')
const tooShort = () => Buffer.from([1, 2, 3])
const broken = (query: Buffer) => answerTo(query, { answer: [A_RECORD.subarray(0, 13)] })

interface UdpRow {
  readonly title: string
  readonly answering: (query: Buffer) => readonly Buffer[]
  readonly verdict: string
  readonly message?: RegExp
}

const UDP_ROWS: readonly UdpRow[] = [
  { title: 'is silent', answering: () => [], verdict: 'processing response_timeout' },
  {
    title: 'sends another ID',
    answering: (query) => [otherId(query)],
    verdict: 'processing response_malformed',
    message: /1 datagram that is no answer/,
  },
  {
    title: 'answers another question',
    answering: (query) => [otherQuestion(query)],
    verdict: 'processing response_malformed',
  },
  {
    title: 'sends the query back',
    answering: (query) => [isQuery(query), query],
    verdict: 'processing response_malformed',
  },
  { title: 'sends garbage', answering: () => [garbage(), tooShort()], verdict: 'processing response_malformed' },
  { title: 'sends an empty datagram', answering: () => [Buffer.alloc(0)], verdict: 'processing response_malformed' },
  {
    title: 'sends all that, and then the answer',
    answering: (query) => [
      garbage(),
      tooShort(),
      otherId(query),
      otherQuestion(query),
      isQuery(query),
      answerTo(query),
    ],
    verdict: 'ok',
  },
  {
    title: 'sends a broken answer',
    answering: (query) => [broken(query)],
    verdict: 'processing response_malformed',
    message: /it holds a record that is longer than its message/,
  },
  {
    title: 'floods',
    answering: () => Array.from({ length: 150 }, garbage),
    verdict: 'processing response_malformed',
    message: /\d+ datagrams that are no answer/,
  },
  {
    title: 'sends the largest datagram',
    answering: (query) => [Buffer.concat([answerTo(query), Buffer.alloc(60_000)])],
    verdict: 'check dns_truncated',
  },
  { title: 'answers twice', answering: (query) => [answerTo(query), answerTo(query)], verdict: 'ok' },
]

async function expectUdpRow({ title, answering, verdict, message }: UdpRow): Promise<void> {
  await using server = await serveUdp(answering)
  await named(title, () => expectVerdict(`127.0.0.1:${server.port}`, {}, verdict, message))
  assert.is(server.queries.length, 1, `${title}: one attempt is one datagram`)
}

/** Rows that run side by side have no title of their own. */
async function named<T>(title: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    throw new Error(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

describe('a DNS probe over UDP of a server that', (test) => {
  test(`does one of ${UDP_ROWS.length} things`, async () => {
    await Promise.all(UDP_ROWS.map(expectUdpRow))
  })

  test('is not there: told at once', async () => {
    const gone = await serveUdp(() => [])
    await gone[Symbol.asyncDispose]()
    await expectVerdict(`127.0.0.1:${gone.port}`, {}, 'processing connect_refused', /no name server listens/)
  })

  test('answers from another port: nobody hears it', async () => {
    await using stranger = await serveUdp(() => [])
    await using server = await serveUdp(() => [])
    await expectVerdict(`127.0.0.1:${server.port}`, {}, 'processing response_timeout')
    assert.is(stranger.queries.length, 0)
  })
})

/** Says what `answer` makes of the query that came, and then what `more` does. */
const answering =
  (answer: (query: Buffer) => Buffer, more: (socket: Socket) => void = () => undefined): Behaviour =>
  (socket) =>
    void socket.once('data', (bytes: Buffer) => socket.write(answer(bytes.subarray(2)), () => more(socket)))

interface Row {
  readonly title: string
  readonly behaviour: Behaviour
  readonly verdict: string
  readonly message?: RegExp
}

const dripping = answering(
  (query) => framed(answerTo(query)).subarray(0, 5),
  (socket) => {
    const timer = setInterval(() => socket.write(Buffer.of(0)), 40)
    socket.once('close', () => clearInterval(timer))
  },
)

const STREAM_ROWS: readonly Row[] = [
  { title: 'accepts and is silent', behaviour: silent, verdict: 'processing response_timeout' },
  { title: 'closes', behaviour: sayAndClose(''), verdict: 'processing response_reset', message: /without an answer/ },
  {
    title: 'sends half a length',
    behaviour: say(Buffer.of(0)),
    verdict: 'transfer response_timeout',
    message: /0 bytes of unknown length/,
  },
  {
    title: 'sends a length and no more',
    behaviour: say(Buffer.of(0, 40)),
    verdict: 'transfer response_timeout',
    message: /0 bytes of 40 bytes/,
  },
  { title: 'drips', behaviour: dripping, verdict: 'transfer response_timeout', message: /bytes of 45 bytes/ },
  {
    title: 'announces more than it sends and closes',
    behaviour: answering(
      (query) => framed(answerTo(query), 500),
      (socket) => socket.end(),
    ),
    verdict: 'transfer response_reset',
    message: /after 45 bytes of an answer of 500 bytes/,
  },
  {
    title: 'resets in its answer',
    behaviour: sayAndReset(Buffer.of(0, 40, 1)),
    verdict: 'transfer response_reset',
    message: /reset the connection after 1 bytes of an answer of 40 bytes/,
  },
  {
    title: 'announces less than a header',
    behaviour: say(Buffer.of(0, 11)),
    verdict: 'transfer response_malformed',
    message: /announces an answer of 11 bytes/,
  },
  {
    title: 'announces less than it sends',
    behaviour: answering((query) => framed(answerTo(query), 40)),
    verdict: 'transfer response_malformed',
  },
  {
    title: 'sends another ID',
    behaviour: answering((query) => framed(otherId(query))),
    verdict: 'transfer response_malformed',
    message: /another ID/,
  },
  {
    title: 'answers another question',
    behaviour: answering((query) => framed(otherQuestion(query))),
    verdict: 'transfer response_malformed',
    message: /another question/,
  },
  {
    title: 'sends the query back',
    behaviour: answering((query) => framed(query)),
    verdict: 'transfer response_malformed',
    message: /a query/,
  },
  {
    title: 'sends a broken answer',
    behaviour: answering((query) => framed(broken(query))),
    verdict: 'transfer response_malformed',
  },
  { title: 'speaks SSH', behaviour: say('SSH-2.0-OpenSSH_9.9\r\n'), verdict: 'transfer response_timeout' },
  { title: 'floods', behaviour: flood('', Buffer.alloc(65_537, 0xff)), verdict: 'transfer response_malformed' },
  { title: 'sends zeros for ever', behaviour: flood('', Buffer.alloc(65_536)), verdict: 'transfer response_malformed' },
  {
    title: 'sends more after the answer',
    behaviour: answering((query) => Buffer.concat([framed(answerTo(query)), Buffer.alloc(9000)])),
    verdict: 'ok',
  },
]

for (const transport of ['tcp', 'tls'] as const) {
  describe(`a DNS probe over ${transport} of a server that`, (test) => {
    const rows = transport === 'tcp' ? STREAM_ROWS : STREAM_ROWS.filter(({ title }) => !/resets/.test(title))
    test(`does one of ${rows.length} things`, async () => {
      await Promise.all(rows.map((row) => expectRow(row, transport)))
    })
  })
}

async function expectRow(
  { title, behaviour, verdict, message }: Row,
  transport: 'tcp' | 'tls' | 'https',
): Promise<void> {
  await using server = await serveRaw(behaviour, transport === 'tcp' ? undefined : identity)
  await named(title, async () => {
    await expectVerdict(`127.0.0.1:${server.port}`, { transport }, verdict, message)
    await closedSoon(server)
    assert.is(server.connections(), 1, 'one attempt is one connection')
  })
}

/** The server sees our end of the connection gone; the runner fails when it never happens. */
async function closedSoon(server: TestServer): Promise<void> {
  while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

const head = (rest: string) => `HTTP/1.1 200 OK\r\n${rest}\r\n\r\n`
const DNS_TYPE = 'Content-Type: application/dns-message'

const HTTPS_ROWS: readonly Row[] = [
  { title: 'accepts and is silent', behaviour: silent, verdict: 'processing response_timeout' },
  { title: 'closes', behaviour: sayAndClose(''), verdict: 'processing response_reset' },
  {
    title: 'answers 500',
    behaviour: say('HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n'),
    verdict: 'transfer http_status',
    message: /is 500/,
  },
  {
    title: 'answers 404',
    behaviour: say('HTTP/1.1 404 No\r\n\r\n'),
    verdict: 'transfer http_status',
    message: /path of its DNS/,
  },
  {
    title: 'redirects',
    behaviour: say('HTTP/1.1 302 There\r\nLocation: /\r\n\r\n'),
    verdict: 'transfer http_status',
    message: /is 302/,
  },
  {
    title: 'answers in JSON',
    behaviour: say(`${head('Content-Type: application/dns-json\r\nContent-Length: 2')}{}`),
    verdict: 'transfer response_malformed',
    message: /"application\/dns-json", and must be application\/dns-message/,
  },
  {
    title: 'names no type',
    behaviour: say(head('Content-Length: 0')),
    verdict: 'transfer response_malformed',
    message: /no content-type/,
  },
  {
    title: 'sends an empty body',
    behaviour: say(head(`${DNS_TYPE}\r\nContent-Length: 0`)),
    verdict: 'transfer response_malformed',
    message: /0 bytes, less than a header/,
  },
  {
    title: 'sends garbage',
    behaviour: say(`${head(`${DNS_TYPE}\r\nContent-Length: 20`)}01234567890123456789`),
    verdict: 'transfer response_malformed',
  },
  {
    title: 'sends a huge body',
    behaviour: flood(head(DNS_TYPE), Buffer.alloc(65_536)),
    verdict: 'transfer body_too_large',
  },
  {
    title: 'sends less than it announced',
    behaviour: say(`${head(`${DNS_TYPE}\r\nContent-Length: 20`)}0123`),
    verdict: 'transfer body_timeout',
  },
  {
    title: 'closes in its body',
    behaviour: sayAndClose(`${head(`${DNS_TYPE}\r\nContent-Length: 20`)}0123`),
    verdict: 'transfer body_reset',
  },
  { title: 'speaks SSH', behaviour: say('SSH-2.0-OpenSSH_9.9\r\n'), verdict: 'transfer response_malformed' },
]

describe('a DNS probe over HTTPS of a server that', (test) => {
  test(`does one of ${HTTPS_ROWS.length} things`, async () => {
    await Promise.all(HTTPS_ROWS.map((row) => expectRow(row, 'https')))
  })
})

describe('a DNS probe over a connection', (test) => {
  for (const transport of ['tcp', 'tls', 'https'] as const) {
    test(`that nobody takes: ${transport}`, async () => {
      const gone = await serveRaw(silent)
      await gone[Symbol.asyncDispose]()
      await expectVerdict(`127.0.0.1:${gone.port}`, { transport }, 'connect connect_refused')
    })
  }

  for (const transport of ['tls', 'https'] as const) {
    test(`silent in its handshake: ${transport}`, async () => {
      await using server = await serveRaw(silent)
      await expectVerdict(`127.0.0.1:${server.port}`, { transport }, 'tls tls_timeout')
      await closedSoon(server)
    })

    test(`without TLS: ${transport}`, async () => {
      await using server = await serveRaw(say(Buffer.from('no TLS here, whatever you say')))
      await expectVerdict(`127.0.0.1:${server.port}`, { transport }, 'tls tls_not_tls')
    })
  }

  test('reset before it is used', async () => {
    await using server = await serveRaw(reset)
    const result = await runDns(`127.0.0.1:${server.port}`, { transport: 'tcp' }, { timeoutSeconds: TIMEOUT_SECONDS })
    // Which of the two it is, the kernel's timing decides.
    assert.ok(['connect connect_reset', 'processing response_reset'].includes(verdictOf(result)), verdictOf(result))
  })
})

describe('a DNS probe that is cancelled', (test) => {
  for (const transport of ['udp', 'tcp', 'tls', 'https'] as const) {
    test(`says so and leaves nothing open: ${transport}`, async () => {
      await using udp = await serveUdp(() => [garbage()])
      await using server = await serveRaw(silent, transport === 'tcp' ? undefined : identity)
      const controller = new AbortController()
      const port = transport === 'udp' ? udp.port : server.port
      const module = dnsModule({ transport, tls })
      const probing = testProbe()({ target: `127.0.0.1:${port}`, module, timeoutSeconds: 30 }, controller.signal)
      setTimeout(() => controller.abort(), 100)
      assert.is(verdictOf(await probing), 'processing cancelled')
      await closedSoon(server)
    })
  }

  test('before it began asks nobody', async () => {
    await using udp = await serveUdp(() => [])
    const request = { target: `127.0.0.1:${udp.port}`, module: dnsModule(), timeoutSeconds: 30 }
    const result = await testProbe()(request, AbortSignal.abort())
    assert.is(result.outcome.ok ? 'ok' : result.outcome.reason, 'cancelled')
    assert.is(udp.queries.length, 0)
  })
})

describe('what a DNS probe keeps', (test) => {
  test('is bounded, whatever the answer', async () => {
    const records = Array.from({ length: 4000 }, () => A_RECORD)
    await using server = await serveRaw(answering((query) => framed(answerTo(query, { answer: records }))))
    const module = {
      transport: 'tcp',
      answer: { ...dnsModule().answer, failIfNoneMatches: [regexp('never')] },
    } as const
    const result = await runDns(`127.0.0.1:${server.port}`, module)
    assert.is(verdictOf(result), 'check dns_answer')
    assert.is(result.dns.answerCount, 4000)
    const kept = JSON.stringify(result).length
    assert.ok(kept < 5000, `${kept} characters`)
  })
})

describe('what is kept of a DNS answer', (test) => {
  test('is what is shown of its records, and not their whole text', async () => {
    const text = Buffer.alloc(60_000, 1)
    const head = Buffer.from('c00c001000010000003c0000', 'hex')
    head.writeUInt16BE(text.length, 10)
    const answering = (socket: Socket) =>
      void socket.once('data', (query) =>
        socket.end(framed(answerTo(Buffer.from(query).subarray(2), { answer: [Buffer.concat([head, text])] }))),
      )
    await using server = await serveRaw(answering)
    const probing = () => expectVerdict(`127.0.0.1:${server.port}`, { transport: 'tcp', queryType: 'TXT' }, 'ok')
    const kept = [await probing()]
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    while (kept.length < 40) kept.push(await probing())
    collectGarbage()
    const heldBytes = process.memoryUsage().heapUsed - before
    assert.ok(heldBytes < kept.length * text.length, `${heldBytes} bytes for ${kept.length} results`)
  })
})
