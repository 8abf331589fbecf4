/** Trace context sent, and Server-Timing read, with real servers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import { assert, describe } from '../../../harness.ts'
import { answer, serveHttp } from '../../../servers/http.ts'
import { run, trusting, value } from '../http-module.ts'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/
const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
const tls = trusting(authority.certPem)
const OWN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** What came as `traceparent`; every path but `/end` leads on. */
function recorder() {
  const seen: (string | string[] | undefined)[] = []
  const listener = ({ url, headers }: IncomingMessage, response: ServerResponse) => {
    seen.push(headers.traceparent)
    response.writeHead(url === '/end' ? 200 : 302, { location: '/end', 'server-timing': `app;dur=0;desc="${url}"` })
    response.end()
  }
  return { seen, listener }
}

describe('an HTTP probe’s trace', (test) => {
  for (const http2 of [false, true]) {
    test(`over HTTP/${http2 ? 2 : 1.1} is one for the probe, with a span for each request`, async () => {
      const { seen, listener } = recorder()
      await using server = await serveHttp(listener, { identity, http2 })
      const { http } = await run(`https://a.test:${server.port}/`, { trace: { sampleRatio: 1 }, tls })
      const sent = seen.map((header) => TRACEPARENT.exec(String(header))?.slice(1))
      assert.is(http.version, http2 ? 2 : 1.1)
      assert.equal(
        sent,
        http.hops.map(({ spanId }) => [http.traceId, spanId, '01']),
      )
      assert.is(new Set(http.hops.map(({ spanId }) => spanId)).size, 2)
    })
  }

  test('differs from probe to probe, and is in the log', async () => {
    await using server = await serveHttp(answer(200))
    const results = [
      await run(server.url, { trace: { sampleRatio: 1 } }),
      await run(server.url, { trace: { sampleRatio: 1 } }),
    ]
    assert.is(new Set(results.map(({ http }) => http.traceId)).size, 2)
    for (const { log, http } of results) assert.ok(log.some(({ fields }) => fields.trace_id === http.traceId))
  })

  test('is sent unsampled, too, so that the services’ logs have it', async () => {
    const { seen, listener } = recorder()
    await using server = await serveHttp(listener)
    const { http } = await run(`${server.url}/end`, { trace: { sampleRatio: 0 } })
    assert.match(String(seen[0]), new RegExp(`^00-${http.traceId}-[0-9a-f]{16}-00$`))
    assert.is(http.traceSampled, false)
  })

  for (const [title, module] of [
    ['a module that does not ask for one', {}],
    ['a module with a traceparent of its own', { trace: { sampleRatio: 1 }, headers: { TraceParent: OWN } }],
    [
      'one that stands in http_headers',
      { trace: { sampleRatio: 1 }, httpHeaders: [{ name: 'traceparent', values: [value(OWN)] }] },
    ],
  ] as const) {
    test(`is not made for ${title}`, async () => {
      const { seen, listener } = recorder()
      await using server = await serveHttp(listener)
      const { http } = await run(`${server.url}/end`, module)
      assert.equal(seen, ['trace' in module ? OWN : undefined])
      assert.equal([http.traceId, http.traceSampled, http.hops[0]?.spanId], [undefined, false, undefined])
    })
  }

  test('is told also of a probe that could not connect', async () => {
    const { http } = await run('http://127.0.0.1:1/', { trace: { sampleRatio: 1 } })
    assert.match(String(http.traceId), /^[0-9a-f]{32}$/)
  })
})

const TIMINGS: readonly (readonly [
  title: string,
  header: string | string[],
  names: readonly string[],
  timings: string,
  application: number | undefined,
])[] = [
  ['app', 'app;dur=0', ['app', 'total'], 'app=0', 0],
  ['app before total', 'total;dur=0.002, app;dur=0.001', ['app', 'total'], 'total=0.000002 app=0.000001', 0.000001],
  ['total where there is no app', 'db;dur=0, total;dur=0.001', ['app', 'total'], 'db=0 total=0.000001', 0.000001],
  ['the name that the module gives', 'app;dur=0, web;dur=0.001', ['web'], 'app=0 web=0.000001', 0.000001],
  ['only that name', 'app;dur=0', ['web'], 'app=0', undefined],
  ['the longest of one name', ['app;dur=0.001', 'app;dur=0.002'], ['app'], 'app=0.000002', 0.000002],
  ['names without a time as nothing', 'app, cache;desc=hit', ['app'], '', undefined],
  ['more than was waited as no part of it', 'app;dur=3600000', ['app'], 'app=3600', undefined],
]

describe('Server-Timing of an answer', (test) => {
  for (const [title, header, applicationTimings, timings, application] of TIMINGS) {
    test(`takes ${title}`, async () => {
      await using server = await serveHttp(answer(200, '', { 'Server-Timing': header }))
      const { http, phases } = await run(server.url, { applicationTimings })
      const shown = http.serverTimings.map(({ name, seconds }) => `${name}=${seconds.toFixed(6).replace(/\.?0+$/, '')}`)
      assert.is(shown.join(' '), timings)
      assert.is(http.processingSplit?.applicationSeconds, application)
      if (http.processingSplit === undefined) return
      const { applicationSeconds, edgeSeconds } = http.processingSplit
      assert.is(Math.round((applicationSeconds + edgeSeconds) * 1e9), Math.round((phases.processing ?? 0) * 1e9))
    })
  }

  test('is of the final answer, against that answer’s processing alone', async () => {
    const { listener } = recorder()
    await using server = await serveHttp(listener)
    const { http } = await run(server.url)
    assert.is(http.hops.length, 2)
    assert.is(http.processingSplit?.edgeSeconds, http.hops[1]?.phases.processing)
  })
})
