import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import express from 'express'
import { pino } from 'pino'
import { createApp } from '../../service/app.ts'
import { observeRequests } from '../../service/observation.ts'
import { onError } from '../../service/problem.ts'
import { createReadiness, type Readiness } from '../../service/readiness.ts'
import { readSettings, type Settings } from '../../service/settings.ts'
import { startTelemetry } from '../../service/telemetry.ts'
import { assert, describe } from '../harness.ts'
import { run } from '../prober/probes/http-module.ts'
import { eventually } from '../programs.ts'

const settings = settingsOf({ APP_COMMIT_SHA: 'abc12345678' })
/** One for the process, as OpenTelemetry's registry is. */
const telemetry = startTelemetry(settings, {})
const SENTINEL = 'hunter2'
const TRACE = '0af7651916cd43dd8448eb211c80319c'

interface Service extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly readiness: Readiness
  readonly log: () => readonly Record<string, unknown>[]
}

function settingsOf(environment: Record<string, string>): Settings {
  const read = readSettings(environment)
  if (!read.ok) throw new Error(read.errors.join())
  return read.settings
}

function memoryLogger() {
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  return { logger, log: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) }
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function startService(own = settings): Promise<Service> {
  const readiness = createReadiness()
  const { logger, log } = memoryLogger()
  const served = await serve(createApp({ settings: own, telemetry, logger, readiness }))
  return { ...served, readiness, log }
}

/** What fetch would tidy up first: absolute forms, odd methods, broken escapes. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  return text(socket)
}

const HEALTHCHECK =
  '{"myapplication":[{"version":"1.0","description":"pre-interview technical test","lastcommitsha":"abc12345678"}]}'
const PLAIN = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM = 'application/problem+json; charset=utf-8'

const ANSWERS: readonly (readonly [
  method: string,
  path: string,
  status: number,
  type: string,
  body: string | RegExp,
])[] = [
  ['GET', '/', 200, PLAIN, 'Hello World!'],
  ['GET', '/?name=you', 200, PLAIN, 'Hello World!'],
  ['HEAD', '/', 200, PLAIN, ''],
  ['GET', '/health', 200, PLAIN, 'ok'],
  ['GET', '/livez', 200, PLAIN, 'ok'],
  ['GET', '/readyz', 200, PLAIN, 'ok'],
  ['GET', '/healthcheck', 200, JSON_TYPE, HEALTHCHECK],
  [
    'GET',
    '/metrics',
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    /^# TYPE http_server_request_duration_seconds histogram$/m,
  ],
  ['POST', '/', 405, PROBLEM, /"status":405/],
  ['DELETE', '/healthcheck', 405, PROBLEM, /not DELETE/],
  ['GET', '/nothing', 404, PROBLEM, /"status":404/],
  ['POST', '/nothing', 404, PROBLEM, /"status":404/],
  ['GET', '/%', 404, PROBLEM, /"status":404/],
  ['GET', '/__proto__', 404, PROBLEM, /"status":404/],
]

const FOREIGN_TRACES: readonly (readonly [title: string, header: string])[] = [
  ['is no traceparent', 'hello'],
  ['has an all-zero trace id', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['has an all-zero span id', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['has the forbidden version', `ff-${TRACE}-b7ad6b7169203331-01`],
  ['is in capitals', `00-${TRACE.toUpperCase()}-B7AD6B7169203331-01`],
  ['comes twice', `00-${TRACE}-b7ad6b7169203331-01, 00-${TRACE}-b7ad6b7169203331-01`],
]

describe('hello service', (test) => {
  for (const [method, path, status, type, body] of ANSWERS) {
    test(`${method} ${path} answers ${status}`, async () => {
      await using service = await startService()
      const response = await fetch(`${service.url}${path}`, { method })
      assert.is(response.status, status)
      assert.is(response.headers.get('content-type'), type)
      const answer = await response.text()
      if (typeof body === 'string') assert.is(answer, body)
      else assert.match(answer, body)
    })
  }

  test('the greeting is the environment’s', async () => {
    await using service = await startService(
      settingsOf({ HELLO_TEXT: 'Hello from Ashapp Backend running on Kubernetes!' }),
    )
    assert.is(await (await fetch(service.url)).text(), 'Hello from Ashapp Backend running on Kubernetes!')
  })

  test('405 and OPTIONS name what is allowed', async () => {
    await using service = await startService()
    for (const method of ['PUT', 'OPTIONS']) {
      const response = await fetch(service.url, { method })
      assert.is(response.headers.get('allow'), 'GET, HEAD, OPTIONS')
      await response.text()
    }
  })

  test('every answer, errors too, has the security headers, its own time, and nothing of who made it', async () => {
    await using service = await startService()
    for (const path of ['/', '/nothing', '/metrics']) {
      const { headers } = await fetch(service.url + path)
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.is(headers.get('x-content-type-options'), 'nosniff')
      assert.is(headers.get('referrer-policy'), 'no-referrer')
      assert.match(headers.get('server-timing') ?? '', /^app;dur=\d+(\.\d)?$/)
      assert.is(headers.get('x-powered-by'), null)
      assert.is(headers.get('strict-transport-security'), null)
    }
  })

  for (const [proto, expected] of [
    ['https', true],
    ['HTTPS', true],
    ['https, http', true],
    ['http', false],
    ['http, https', false],
  ] as const) {
    test(`X-Forwarded-Proto: ${proto} ${expected ? 'brings' : 'brings no'} HSTS`, async () => {
      await using service = await startService()
      const { headers } = await fetch(service.url, { headers: { 'x-forwarded-proto': proto } })
      assert.is(headers.has('strict-transport-security'), expected)
    })
  }

  test('readiness goes, liveness stays, kept connections are sent away', async () => {
    await using service = await startService()
    service.readiness.leave()
    const statuses = await Promise.all(
      ['/readyz', '/health', '/livez', '/'].map(async (path) => (await fetch(service.url + path)).status),
    )
    assert.equal(statuses, [503, 503, 200, 200])
    assert.is((await fetch(service.url)).headers.get('connection'), 'close')
  })

  test('a traceparent is continued into the log and the answer', async () => {
    await using service = await startService()
    const traceparent = `00-${TRACE}-b7ad6b7169203331-01`
    const { headers } = await fetch(service.url, { headers: { traceparent } })
    assert.match(headers.get('traceresponse') ?? '', new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
    assert.not.match(headers.get('traceresponse') ?? '', /b7ad6b7169203331/)
    const [line] = await logged(service, 1)
    assert.is(line?.trace_id, TRACE)
    assert.match(headers.get('traceresponse') ?? '', String(line?.span_id))
  })

  test('a probe’s trace is in the service’s log, and its wait is split by what the service says', async () => {
    await using service = await startService()
    const { http, phases } = await run(service.url, { trace: { sampleRatio: 1 } })
    const [line] = await logged(service, 1)
    assert.match(String(http.traceId), /^[0-9a-f]{32}$/)
    assert.is(line?.trace_id, http.traceId)
    assert.not.equal(line?.span_id, http.hops[0]?.spanId)
    const [app, ...others] = http.serverTimings
    assert.equal([app?.name, others.length], ['app', 0])
    // The service rounds to 0.1 ms: where it was all of the wait, it may say more.
    if (http.processingSplit === undefined) assert.ok((app?.seconds ?? 0) > (phases.processing ?? 0))
    else assert.is(http.processingSplit.applicationSeconds, app?.seconds)
  })

  for (const [title, traceparent] of FOREIGN_TRACES) {
    test(`a traceparent that ${title} starts a new trace`, async () => {
      await using service = await startService()
      const { headers } = await fetch(service.url, { headers: { traceparent } })
      assert.match(headers.get('traceresponse') ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
      assert.not.match(headers.get('traceresponse') ?? '', TRACE)
    })
  }

  test('one line of JSON per request, at info, without query, credentials or an endless path', async () => {
    await using service = await startService()
    await fetch(`${service.url}/?token=${SENTINEL}`, {
      headers: { authorization: `Bearer ${SENTINEL}`, cookie: SENTINEL },
    })
    await fetch(`${service.url}/${'a'.repeat(5000)}`)
    await raw(
      service.port,
      `GET http://me:${SENTINEL}@host/livez?x=${SENTINEL} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
    )
    const lines = await logged(service, 3)
    assert.not.match(JSON.stringify(lines), SENTINEL)
    assert.equal(
      lines.map(({ method, path, route, status, level, msg }) => [
        method,
        String(path).slice(0, 6),
        route,
        status,
        level,
        msg,
      ]),
      [
        ['GET', '/', '/', 200, 30, 'request'],
        ['GET', '/aaaaa', 'other', 404, 30, 'request'],
        ['GET', '/livez', '/livez', 200, 30, 'request'],
      ],
    )
    assert.ok(lines.every(({ path }) => String(path).length < 300))
  })

  test('no path and no method that a client makes up becomes a label value', async () => {
    await using service = await startService()
    for (let index = 0; index < 30; index++) await (await fetch(`${service.url}/made-up-${index}`)).text()
    await raw(service.port, 'PROPFIND /made-up HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    const exposition = await (await fetch(`${service.url}/metrics`)).text()
    assert.not.match(exposition, 'made-up')
    assert.not.match(exposition, 'PROPFIND')
    assert.match(
      exposition,
      /_count\{http_request_method="_OTHER",url_scheme="http",http_route="other",.*status_code="404"\} \d/,
    )
  })

  test('requests in flight are counted, and counted out when they end', async () => {
    await using service = await startService()
    await (await fetch(service.url)).text()
    const active = await eventually(async () => {
      const exposition = await (await fetch(`${service.url}/metrics`)).text()
      return (
        /^http_server_active_requests\{http_request_method="GET",url_scheme="http"\} 1$/m.test(exposition) || undefined
      )
    }, 'only the scrape itself is in flight')
    assert.ok(active)
  })

  test('a failing handler answers 500 without its stack; the log has it under the same trace', async () => {
    const { logger, log } = memoryLogger()
    const app = express()
    app.use(observeRequests(telemetry, logger))
    app.get('/fail', () => Promise.reject(new Error(SENTINEL)))
    app.use(onError(logger))
    await using served = await serve(app)
    const response = await fetch(`${served.url}/fail`)
    assert.is(response.status, 500)
    assert.not.match(await response.text(), new RegExp(`${SENTINEL}|\\.ts|node_modules`))
    assert.match(JSON.stringify(log()), SENTINEL)
    const exposition = await telemetry.exposition()
    assert.match(exposition, /http_route="\/fail",http_response_status_code="500",error_type="500"/)
  })

  test('a client that leaves before the answer is logged as such', async () => {
    const { logger, log } = memoryLogger()
    const app = express()
    app.use(observeRequests(telemetry, logger))
    const arrived = Promise.withResolvers<void>()
    app.get('/hang', () => arrived.resolve())
    await using served = await serve(app)
    const socket = connect(served.port, '127.0.0.1')
    socket.write('GET /hang HTTP/1.1\r\nHost: h\r\n\r\n')
    await arrived.promise
    socket.destroy()
    const line = await eventually(async () => log().at(0), 'the line of the request')
    assert.is(line.aborted, true)
    assert.is(line.status, 499)
  })
})

/** The line is written when the connection has the whole answer, which the client may see a moment earlier. */
async function logged(service: Service, count: number): Promise<readonly Record<string, unknown>[]> {
  return eventually(async () => (service.log().length >= count ? service.log() : undefined), `${count} lines`)
}
