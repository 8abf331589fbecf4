/** Servers at their worst: every probe ends by its deadline, with the right reason, and leaves nothing open. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { createAuthority, type Identity } from '../../../../cli/demo/authority.ts'
import type { HttpModule, Regexp } from '../../../../prober/config/schema.ts'
import { samples } from '../../../../prober/metrics/samples.ts'
import { connectTcp } from '../../../../prober/net/connect.ts'
import { createDeadline } from '../../../../prober/net/deadline.ts'
import { exchange } from '../../../../prober/probes/http/exchange.ts'
import type { Result } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import {
  type Behaviour,
  drip,
  flood,
  reset,
  say,
  sayAndClose,
  sayAndReset,
  serveRaw,
  silent,
} from '../../../servers/hostile.ts'
import type { TestServer } from '../../../servers/http.ts'
import { httpModule, patienceFor, regexp, run, sumOfPhases, testProbe, trusting, verdictOf } from '../http-module.ts'

setFlagsFromString('--expose-gc')
const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)

const TIMEOUT_SECONDS = patienceFor('_timeout')
/** How late a deadline may come on a machine that does much else. */
const LATE_SECONDS = 10
const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const MIB = Buffer.alloc(1024 * 1024, 'a')
/** Without what a collection would free: how late the collector is depends on the machine. */
const collectGarbage: () => void = runInNewContext('gc')
const heldBytes = () => {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

const keepsBody = { failIfBodyMatchesRegexp: [regexp('never')] }

interface Row {
  readonly title: string
  readonly behaviour: Behaviour
  readonly verdict: string
  readonly module?: Partial<HttpModule>
  readonly message?: RegExp
}

const ROWS: readonly Row[] = [
  { title: 'accepts and stays silent', behaviour: silent, verdict: 'processing response_timeout' },
  { title: 'sends one byte of a status line', behaviour: say('H'), verdict: 'transfer response_timeout' },
  { title: 'drips its headers', behaviour: drip(`${OK}X: `, 'a'), verdict: 'transfer response_timeout' },
  {
    title: 'drips its body',
    behaviour: drip(`${OK}Content-Length: 1000\r\n\r\n`, 'a'),
    verdict: 'transfer body_timeout',
  },
  { title: 'drips its chunks', behaviour: drip(CHUNKED, '1\r\na\r\n'), verdict: 'transfer body_timeout' },
  {
    title: 'sends endless headers',
    behaviour: flood(OK, 'X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'),
    verdict: 'transfer response_headers_too_large',
  },
  {
    title: 'sends one endless header',
    behaviour: flood(`${OK}X: `, 'a'.repeat(10_000)),
    verdict: 'transfer response_headers_too_large',
  },
  {
    title: 'sends interim answers for ever',
    behaviour: flood('', 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    verdict: 'transfer response_malformed',
  },
  { title: 'sends an endless body', behaviour: flood(`${OK}\r\n`, MIB), verdict: 'transfer body_timeout' },
  {
    title: 'sends an endless body over the limit of the module',
    behaviour: flood(`${OK}\r\n`, MIB),
    verdict: 'transfer body_too_large',
    module: { bodySizeLimitBytes: 1024 * 1024 },
  },
  { title: 'closes without an answer', behaviour: sayAndClose(''), verdict: 'processing response_reset' },
  { title: 'resets after the request', behaviour: sayAndReset(''), verdict: 'processing response_reset' },
  { title: 'resets in the status line', behaviour: sayAndReset('HTTP/1.'), verdict: 'transfer response_reset' },
  { title: 'resets in its headers', behaviour: sayAndReset(`${OK}X: a`), verdict: 'transfer response_reset' },
  { title: 'closes in its headers', behaviour: sayAndClose(`${OK}X: a`), verdict: 'transfer response_reset' },
  {
    title: 'resets in its body',
    behaviour: sayAndReset(`${OK}Content-Length: 10\r\n\r\nabc`),
    verdict: 'transfer body_reset',
    message: /after 3 bytes/,
  },
  {
    title: 'announces more than it sends and closes',
    behaviour: sayAndClose(`${OK}Content-Length: 10\r\n\r\nabc`),
    verdict: 'transfer body_reset',
    message: /after 3 bytes/,
  },
  {
    title: 'announces more than it sends and waits',
    behaviour: say(`${OK}Content-Length: 10\r\n\r\nabc`),
    verdict: 'transfer body_timeout',
  },
  { title: 'sends more than it announced', behaviour: say(`${OK}Content-Length: 3\r\n\r\nabcdef`), verdict: 'ok' },
  {
    title: 'announces a length that is no number',
    behaviour: say(`${OK}Content-Length: ten\r\n\r\nabc`),
    verdict: 'transfer response_malformed',
  },
  {
    title: 'announces two lengths',
    behaviour: say(`${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`),
    verdict: 'transfer response_malformed',
  },
  { title: 'sends a chunk of no size', behaviour: say(`${CHUNKED}zz\r\nabc`), verdict: 'transfer body_malformed' },
  {
    title: 'sends a chunk longer than it said',
    behaviour: say(`${CHUNKED}2\r\nabc\r\n`),
    verdict: 'transfer body_malformed',
  },
  { title: 'closes in a chunk', behaviour: sayAndClose(`${CHUNKED}5\r\nabc`), verdict: 'transfer body_reset' },
  {
    title: 'leaves the last chunk out',
    behaviour: sayAndClose(`${CHUNKED}3\r\nabc\r\n`),
    verdict: 'transfer body_reset',
  },
  { title: 'speaks HTTP/0.9', behaviour: sayAndClose('<html>hi</html>'), verdict: 'transfer response_malformed' },
  { title: 'speaks SSH', behaviour: say('SSH-2.0-OpenSSH_9\r\n'), verdict: 'transfer response_malformed' },
  { title: 'sends random bytes', behaviour: say(Buffer.alloc(4096, 0xfe)), verdict: 'transfer response_malformed' },
  {
    title: 'sends a header without a name',
    behaviour: say(`${OK}: a\r\n\r\n`),
    verdict: 'transfer response_malformed',
  },
  {
    title: 'answers in TLS',
    behaviour: say(Buffer.from([21, 3, 1, 0, 2, 2, 70])),
    verdict: 'transfer response_malformed',
    message: /https:\/\//,
  },
  { title: 'ends its body by closing', behaviour: sayAndClose(`${OK}\r\nabc`), verdict: 'ok' },
  {
    title: 'speaks HTTP/1.0',
    behaviour: sayAndClose('HTTP/1.0 200 OK\r\n\r\nabc'),
    verdict: 'ok',
    module: { validHttpVersions: ['HTTP/1.0'] },
  },
  {
    title: 'answers 102 before the answer',
    behaviour: say(`HTTP/1.1 102 Processing\r\n\r\n${OK}Content-Length: 0\r\n\r\n`),
    verdict: 'ok',
  },
  {
    title: 'switches protocols without being asked',
    behaviour: say('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    verdict: 'transfer response_malformed',
  },
  {
    title: 'sends a gzip stream that breaks off',
    behaviour: say(lengthOf(gzipSync(MIB).subarray(0, 500))),
    verdict: 'check body_decompression',
    module: { compression: 'gzip' },
  },
  {
    title: 'sends plain text where gzip is meant',
    behaviour: say(lengthOf(Buffer.from('hello'))),
    verdict: 'check body_decompression',
    module: { compression: 'gzip' },
  },
  {
    title: 'sends nothing where gzip is meant',
    behaviour: say(lengthOf(Buffer.alloc(0))),
    verdict: 'check body_decompression',
    module: { compression: 'gzip' },
  },
]

function lengthOf(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${OK}Content-Length: ${body.length}\r\n\r\n`), body])
}

interface Case {
  readonly title: string
  readonly row: Row
  readonly identity?: Identity
}

const CASES: readonly Case[] = [
  ...ROWS.map((row) => ({ title: row.title, row })),
  ...ROWS.filter(({ title }) => /silent|drips|closes|endless body$/.test(title)).map((row) => ({
    title: `${row.title}, over TLS`,
    row: { ...row, module: { ...row.module, tls } },
    identity,
  })),
]

async function serveAndProbe({ row, identity: shown }: Case): Promise<void> {
  await using server = await serveRaw(row.behaviour, shown)
  await expectVerdict(server, row)
}

/** Those that wait for a deadline wait together, and begin with the first of them. */
const waiting = new Map<Case, Promise<void>>()

function waitTogether(one: Case): Promise<void> {
  if (waiting.size === 0) {
    for (const each of CASES.filter(isWaiting)) {
      const ended = serveAndProbe(each)
      ended.catch(() => undefined)
      waiting.set(each, ended)
    }
  }
  return waiting.get(one) ?? Promise.reject(new Error('not begun'))
}

const isWaiting = ({ row }: Case) => row.verdict.endsWith('_timeout') && !row.title.includes('endless')

describe('an HTTP probe of a server that', (test) => {
  for (const one of CASES) {
    test(`${one.title}: ${one.row.verdict}`, () => (isWaiting(one) ? waitTogether(one) : serveAndProbe(one)))
  }
})

async function expectVerdict(server: TestServer, { module, verdict, message }: Row): Promise<Result> {
  const timeoutSeconds = patienceFor(verdict)
  const result = await run(`${server.url}/`, { ...module }, { timeoutSeconds })
  assert.is(verdictOf(result), verdict, verdictOf(result))
  const { outcome, phases } = result
  if (!outcome.ok) {
    assert.ok(phases[outcome.phase] !== undefined, `no time in the phase that failed: ${Object.keys(phases)}`)
    assert.match(outcome.message, message ?? /^[A-Z]/)
    assert.not.match(outcome.message, /undefined|\[object/)
  }
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
  assert.ok(result.durationSeconds < TIMEOUT_SECONDS + LATE_SECONDS, `took ${result.durationSeconds} s`)
  await closedSoon(server)
  assert.is(server.connections(), 1, 'one attempt is one connection')
  return result
}

/** The server sees our end of the connection gone; the runner fails when it never happens. */
async function closedSoon(server: TestServer): Promise<void> {
  while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('an HTTP probe and memory', (test) => {
  test('a decompression bomb ends at the limit where none is set', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 })
    await using server = await serveRaw(say(lengthOf(bomb)))
    const result = await run(server.url, { compression: 'gzip' }, { timeoutSeconds: 20 })
    assert.is(verdictOf(result), 'transfer body_too_large')
    assert.is(result.http.uncompressedBodyBytes, 64 * 1024 * 1024)
  })

  test('a decompression bomb ends at the limit of the module', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 })
    await using server = await serveRaw(say(lengthOf(bomb)))
    const result = await run(server.url, { compression: 'gzip', bodySizeLimitBytes: 1000 })
    assert.is(verdictOf(result), 'transfer body_too_large')
    assert.is(result.http.uncompressedBodyBytes, 1000)
  })

  test('an endless body that matchers want ends at 10 MiB', async () => {
    await using server = await serveRaw(flood(`${OK}\r\n`, MIB))
    const result = await run(server.url, keepsBody, { timeoutSeconds: 30 })
    assert.is(verdictOf(result), 'transfer body_too_large')
    assert.is(result.http.uncompressedBodyBytes, 10 * MIB.length)
  })

  test('neither endless redirects nor endless header names fill what is kept of a probe', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `x-${index}-${'a'.repeat(120)}: 1\r\n`).join('')
    const location = `Location: /${'a'.repeat(100_000)}\r\n`
    await using server = await serveRaw(sayAndClose(`HTTP/1.1 302 Found\r\n${names}${location}\r\n`))
    const result = await run(server.url)
    assert.is(result.http.redirects, 11)
    const kept = JSON.stringify(result).length
    assert.ok(kept < 300_000, `${kept} characters of 2.4 MB that came`)
  })

  for (const timeoutSeconds of [0, -0.5]) {
    test(`given ${timeoutSeconds} s, it says that no time was left, and asks nobody`, async () => {
      await using server = await serveRaw(silent)
      const result = await run(server.url, {}, { timeoutSeconds })
      assert.is(verdictOf(result), 'prepare prepare_timeout')
      assert.match(
        result.outcome.ok ? '' : result.outcome.message,
        /^No time was left .* less --timeout-offset leaves none;/,
      )
      assert.is(server.connections(), 0)
      const names = (of: Result) => samples(of).map(({ name }) => name)
      assert.equal(names(result), names(await run('http://')), 'the metrics of every early failure')
    })
  }

  test('a body that is only counted is not kept', async () => {
    const bodyBytes = 256 * MIB.length
    await using server = await serveRaw(flood(`${OK}Content-Length: ${bodyBytes}\r\n\r\n`, MIB))
    const before = heldBytes()
    const held: number[] = []
    const looking = setInterval(() => held.push(heldBytes() - before), 20)
    const result = await run(server.url, {}, { timeoutSeconds: 30 })
    clearInterval(looking)
    assert.ok(result.outcome.ok, verdictOf(result))
    assert.is(result.http.uncompressedBodyBytes, bodyBytes)
    const most = Math.max(...held)
    assert.ok(held.length > 0 && most < bodyBytes / 4, `${most} bytes were held, seen ${held.length} times`)
  })
})

describe('an HTTP probe across protocols', (test) => {
  test('TLS to a plain port', async () => {
    await using server = await serveRaw(say('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const result = await run(`https://127.0.0.1:${server.port}/`, { tls }, { timeoutSeconds: 2 })
    assert.is(verdictOf(result), 'tls tls_not_tls')
  })

  test('plain HTTP to a TLS port', async () => {
    await using server = await serveRaw(silent, identity)
    const result = await run(`http://127.0.0.1:${server.port}/`, {}, { timeoutSeconds: 2 })
    assert.ok(
      ['transfer response_malformed', 'processing response_reset'].includes(verdictOf(result)),
      verdictOf(result),
    )
  })

  test('a server that is silent in the TLS handshake', async () => {
    await using server = await serveRaw(silent)
    const result = await run(`https://127.0.0.1:${server.port}/`, { tls }, { timeoutSeconds: TIMEOUT_SECONDS })
    assert.is(verdictOf(result), 'tls tls_timeout')
    await closedSoon(server)
  })

  test('a server that leaves while the request is made ready', async () => {
    await using server = await serveRaw(silent)
    using deadline = createDeadline(30)
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
    assert.ok(connected.ok)
    connected.socket.destroy()
    const carrier = { socket: connected.socket, clientCertificate: false }
    const request = { method: 'GET', path: '/', headers: ['host', 'a.test'], body: undefined, upgrade: undefined }
    const receiver = { onHead: () => true, onData: () => true }
    const found = await exchange(carrier, request, receiver, { enter: () => undefined }, deadline.signal)
    assert.is(found.ok ? 'ok' : `${found.phase} ${found.reason}`, 'processing response_reset')
  })

  test('a server that resets in the TLS handshake', async () => {
    await using server = await serveRaw(sayAndReset(''))
    const result = await run(`https://127.0.0.1:${server.port}/`, { tls })
    assert.is(verdictOf(result), 'tls tls_reset')
  })

  test('a server that resets before it is asked', async () => {
    await using server = await serveRaw(reset)
    // Which of the two it is, the kernel's timing decides.
    assert.ok(['connect connect_reset', 'processing response_reset'].includes(verdictOf(await run(server.url))))
  })

  test('nobody listens', async () => {
    const gone = await serveRaw(silent)
    await gone[Symbol.asyncDispose]()
    assert.is(verdictOf(await run(gone.url)), 'connect connect_refused')
  })

  test('the name does not exist', async () => {
    assert.is(verdictOf(await run('http://nowhere.test/')), 'resolve dns_nxdomain')
  })
})

describe('an HTTP probe whose checks hold the event loop', (test) => {
  test('past the deadline has not succeeded', async () => {
    await using server = await serveRaw(sayAndClose(`${OK}\r\nhello`))
    const busy: Regexp = {
      ...regexp('busy'),
      test() {
        const until = performance.now() + 400
        while (performance.now() < until);
        return true
      },
    }
    const result = await run(server.url, { failIfBodyNotMatchesRegexp: [busy] }, { timeoutSeconds: 0.3 })
    assert.is(verdictOf(result), 'check check_timeout')
  })
})

describe('an HTTP probe that is cancelled', (test) => {
  for (const [phase, behaviour] of [
    ['processing', silent],
    ['transfer', drip(`${OK}Content-Length: 1000\r\n\r\n`, 'a')],
  ] as const) {
    test(`in ${phase} says so and closes its connection`, async () => {
      await using server = await serveRaw(behaviour)
      const controller = new AbortController()
      const probing = testProbe()({ target: server.url, module: httpModule(), timeoutSeconds: 30 }, controller.signal)
      setTimeout(() => controller.abort(), 150)
      const result = await probing
      assert.is(verdictOf(result), `${phase} cancelled`)
      await closedSoon(server)
    })
  }

  test('before it began does nothing', async () => {
    await using server = await serveRaw(silent)
    const result = await testProbe()(
      { target: server.url, module: httpModule(), timeoutSeconds: 30 },
      AbortSignal.abort(),
    )
    assert.is(result.outcome.ok ? 'ok' : result.outcome.reason, 'cancelled')
    assert.is(server.connections(), 0)
  })
})
