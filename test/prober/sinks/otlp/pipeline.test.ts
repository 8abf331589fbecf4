/** Traces and metrics on their way to collectors of every kind, real servers all. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { OtlpConfig } from '../../../../prober/config/schema.ts'
import type { PointFamily } from '../../../../prober/metrics/points.ts'
import { createTlsContexts } from '../../../../prober/net/tls.ts'
import { type Pipeline, openPipeline } from '../../../../prober/sinks/otlp/pipeline.ts'
import type { Probed } from '../../../../prober/sinks/otlp/spans.ts'
import { assert, describe } from '../../../harness.ts'
import { say, serveRaw, silent } from '../../../servers/hostile.ts'
import { accept, acceptPartly, serveCollector } from '../../../servers/otlp-collector.ts'
import { closedPort } from '../../../servers/tcp.ts'
import { hop, success } from '../../metrics/results.ts'
import { NO_TLS_OPTIONS, trusting, value } from '../../probes/http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({
  subject: 'CN=collector.test',
  dnsNames: ['collector.test'],
  ips: ['127.0.0.1'],
})

const DEFAULTS: OtlpConfig = {
  endpoint: '',
  headers: [],
  traces: true,
  metrics: false,
  intervalSeconds: 3600,
  timeoutSeconds: 60,
  compression: 'gzip',
  tls: NO_TLS_OPTIONS,
  resourceAttributes: {},
}

/** A trace of four spans. */
function probed(): Probed {
  const { http } = success()
  const phases = { connect: 0.001, processing: 0.002 }
  const hops = [hop({ spanId: '01'.repeat(8), phases })]
  const result = success({ phases, http: { ...http, traceId: 'ab'.repeat(16), traceSampled: true, hops } })
  return { module: 'web', result }
}
const SPANS_OF_A_TRACE = 4
/** Fills a batch, which is then sent at once. */
const TRACES_OF_A_BATCH = 128

interface Opened extends Pipeline, AsyncDisposable {
  readonly told: readonly string[]
  readonly failures: () => number
  readonly dropped: () => number
  addBatch(): void
  until(holds: () => boolean): Promise<void>
}

function open(config: Partial<OtlpConfig>, families: readonly PointFamily[] = []): Opened {
  const told: string[] = []
  const waiting = new Set<() => void>()
  let [failures, dropped] = [0, 0]
  const looked = (change: () => void) => {
    change()
    for (const look of waiting) look()
  }
  const pipeline = openPipeline(
    { ...DEFAULTS, ...config },
    {
      version: '1.2.3',
      environment: { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=one,team=a%20b,bad' },
      tlsContexts: createTlsContexts(),
      families: async () => families,
      events: {
        failed: () => looked(() => (failures += 1)),
        dropped: (_signal, count) => looked(() => (dropped += count)),
        lost: (signal, reason) => looked(() => told.push(`${signal} lost: ${reason}`)),
        restored: (signal) => looked(() => told.push(`${signal} restored`)),
      },
    },
  )
  return {
    ...pipeline,
    told,
    failures: () => failures,
    dropped: () => dropped,
    addBatch() {
      for (let count = 0; count < TRACES_OF_A_BATCH; count += 1) pipeline.add(probed())
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => holds() && waiting.delete(look) && resolve()
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: () => pipeline.close(0),
  }
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end(body)

describe('an OTLP pipeline', (test) => {
  for (const compression of ['gzip', 'none'] as const) {
    test(`sends what waits when it closes, compression ${compression}`, async () => {
      await using collector = await serveCollector()
      await using pipeline = open({
        endpoint: collector.url,
        compression,
        resourceAttributes: { 'service.name': 'me' },
      })
      pipeline.add(probed())
      await pipeline.close(60)
      assert.is(collector.spans.length, SPANS_OF_A_TRACE)
      const [request] = collector.requests
      assert.is(request?.headers['content-encoding'], compression === 'gzip' ? 'gzip' : undefined)
      assert.is(request?.headers['user-agent'], 'Sonde/1.2.3')
      const { resource } = collector.spans[0] ?? {}
      assert.is(resource?.['service.name'], 'me')
      assert.is(resource?.team, 'a b')
      assert.is(resource?.['service.instance.id'], 'one')
      assert.equal([pipeline.told, pipeline.failures(), pipeline.dropped()], [[], 0, 0])
    })
  }

  test('reads the files of its headers at each export', async () => {
    await using collector = await serveCollector()
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-otlp-'))
    const path = join(folder.path, 'token')
    await writeFile(path, 'Bearer one\n')
    const headers = [
      { name: 'Authorization', values: [{ from: 'file', path } as const] },
      { name: 'X-Scope-OrgID', values: [value('team-é')] },
    ]
    await using pipeline = open({ endpoint: `${collector.url}/otlp`, headers })
    pipeline.addBatch()
    await collector.until(() => collector.requests.length === 1)
    await writeFile(path, 'Bearer two\n')
    pipeline.add(probed())
    await pipeline.close(60)
    assert.equal(
      collector.requests.map(({ path: asked, headers: { authorization } }) => [asked, authorization]),
      [
        ['/otlp/v1/traces', 'Bearer one'],
        ['/otlp/v1/traces', 'Bearer two'],
      ],
    )
    assert.is(Buffer.from(String(collector.requests[0]?.headers['x-scope-orgid']), 'latin1').toString(), 'team-é')
  })

  test('speaks TLS, and trusts whom the file trusts alone', async () => {
    await using collector = await serveCollector(undefined, identity)
    await using trusted = open({ endpoint: collector.url, tls: trusting(authority.certPem) })
    await using other = open({ endpoint: collector.url })
    for (const pipeline of [trusted, other]) pipeline.add(probed())
    await Promise.all([trusted.close(60), other.close(60)])
    assert.equal([trusted.told, collector.spans.length], [[], SPANS_OF_A_TRACE])
    assert.match(String(other.told), /^traces lost: .*certificate/)
  })

  const refusals: readonly (readonly [string, (response: ServerResponse) => void, RegExp])[] = [
    ['wants other credentials', status(401), /answered 401 Unauthorized: it wants other credentials, see headers$/],
    ['is at another path', status(404), /answered 404 Not Found: is the endpoint right/],
    ['redirects', status(308, { location: '/' }), /answered 308 Permanent Redirect: redirects are not followed$/],
    ['is busy for longer than we wait', status(503, { 'retry-after': '3600' }), /answered 503 Service Unavailable$/],
    ['is busy until a date', status(429, { 'retry-after': 'Fri, 31 Dec 2100 23:59:59 GMT' }), /answered 429/],
    ['is a web page', status(200, { 'content-type': 'text/html' }, '<html>'), /a web page: it is no collector$/],
    [
      'answers garbage',
      status(200, { 'content-type': 'application/x-protobuf' }, '\n\xff'),
      /no OTLP: is the endpoint/,
    ],
    ['refuses some', (response) => acceptPartly(response, 3, 'too\nold'), /refused 3 spans: too old$/],
  ]
  for (const [title, answer, told] of refusals) {
    test(`counts and tells once what a collector does not take that ${title}`, async () => {
      await using collector = await serveCollector(answer)
      await using pipeline = open({ endpoint: collector.url })
      pipeline.addBatch()
      await pipeline.until(() => pipeline.dropped() > 0)
      pipeline.add(probed())
      await pipeline.close(60)
      assert.is(collector.requests.length, 2, 'none was tried again')
      const isPart = title === 'refuses some'
      assert.is(pipeline.failures(), isPart ? 0 : 2)
      assert.is(pipeline.dropped(), isPart ? 6 : (TRACES_OF_A_BATCH + 1) * SPANS_OF_A_TRACE)
      assert.is(pipeline.told.length, 1)
      assert.match(String(pipeline.told), told)
    })
  }

  const unanswered: readonly (readonly [string, () => Promise<AsyncDisposable & { readonly port: number }>, RegExp])[] =
    [
      [
        'is not there',
        async () => ({ port: await closedPort(), async [Symbol.asyncDispose]() {} }),
        /ECONNREFUSED|No answer within/,
      ],
      ['says nothing', () => serveRaw(silent), /No answer within 0\.9 s$/],
      ['says what is no HTTP', () => serveRaw(say('SSH-2.0-x\r\n')), /^traces lost: ./],
    ]
  for (const [title, serve, told] of unanswered) {
    test(`gives up in time on a collector that ${title}`, async () => {
      await using server = await serve()
      await using pipeline = open({ endpoint: `http://127.0.0.1:${server.port}`, timeoutSeconds: 0.9 })
      pipeline.add(probed())
      await pipeline.close(60)
      assert.equal([pipeline.failures(), pipeline.dropped()], [1, SPANS_OF_A_TRACE])
      assert.match(String(pipeline.told), told)
    })
  }

  test('tries again when the collector says so, and after a failure tells of the first success', async () => {
    await using collector = await serveCollector((response, count) => {
      if (count === 1) status(400)(response)
      else if (count === 2) status(503, { 'retry-after': '0' })(response)
      else accept(response)
    })
    await using pipeline = open({ endpoint: collector.url })
    pipeline.addBatch()
    await pipeline.until(() => pipeline.failures() === 1)
    pipeline.addBatch()
    await pipeline.until(() => pipeline.told.length === 2)
    assert.is(collector.requests.length, 3)
    assert.equal(pipeline.told.at(-1), 'traces restored')
    assert.equal([pipeline.failures(), pipeline.dropped()], [1, TRACES_OF_A_BATCH * SPANS_OF_A_TRACE])
  })

  test('lets only so many wait, and drops whole traces', async () => {
    await using server = await serveRaw(silent)
    await using pipeline = open({ endpoint: server.url })
    for (let batches = 0; batches < 20; batches += 1) pipeline.addBatch()
    const dropped = pipeline.dropped()
    assert.ok(dropped > 0)
    assert.is(dropped % SPANS_OF_A_TRACE, 0)
    assert.ok(
      20 * TRACES_OF_A_BATCH * SPANS_OF_A_TRACE - dropped <= 8192 + 512,
      'a batch on its way, and those that wait',
    )
    await pipeline.close(0)
    assert.is(pipeline.dropped(), 20 * TRACES_OF_A_BATCH * SPANS_OF_A_TRACE)
  })

  test('does not wait for a collector that says nothing when its time is over', async () => {
    await using server = await serveRaw(silent)
    await using pipeline = open({ endpoint: server.url, timeoutSeconds: 3600, metrics: true }, FAMILIES)
    pipeline.add(probed())
    await pipeline.close(0.05)
    assert.is(pipeline.dropped(), SPANS_OF_A_TRACE + 2)
  })
})

const FAMILIES: readonly PointFamily[] = [
  { name: 'a_ratio', type: 'gauge', help: 'A', points: [{ labels: { x: 'é' }, value: Number.NaN, sinceSeconds: 5 }] },
  {
    name: 'b_total',
    type: 'counter',
    help: 'B',
    points: [{ labels: {}, value: 2 ** 40, sinceSeconds: 1_800_000_000.5 }],
  },
  { name: 'c', type: 'gauge', help: 'no points', points: [] },
]

/** Three batches. */
const MANY: PointFamily = {
  name: 'many',
  type: 'gauge',
  help: 'M',
  points: Array.from({ length: 2500 }, (_, index) => ({ labels: { i: String(index) }, value: 1, sinceSeconds: 0 })),
}

describe('metrics by OTLP', (test) => {
  test('have the names, types and units of the compatibility specification, and no instance of ours', async () => {
    await using collector = await serveCollector()
    await using pipeline = open({ endpoint: collector.url, traces: false, metrics: true }, FAMILIES)
    await pipeline.close(60)
    const [gauge, counter, ...others] = collector.points
    assert.equal(others, [])
    assert.equal(
      [gauge?.name, gauge?.type, gauge?.unit, gauge?.attributes, gauge?.startNs, gauge?.metadata],
      ['a_ratio', 'gauge', '1', { x: 'é' }, 0n, { 'prometheus.type': 'gauge' }],
    )
    assert.ok(Number.isNaN(gauge?.value))
    assert.equal(
      [counter?.name, counter?.type, counter?.isMonotonic, counter?.temporality, counter?.value, counter?.startNs],
      ['b_total', 'sum', true, 2, 2 ** 40, 1_800_000_000_500_000_000n],
    )
    assert.is(gauge?.resource.team, 'a b')
    assert.is(gauge?.resource['service.instance.id'], undefined)
  })

  test('of a collection whose first batch is lost the others are not tried', async () => {
    await using collector = await serveCollector(status(400))
    await using pipeline = open({ endpoint: collector.url, traces: false, metrics: true }, [MANY])
    await pipeline.close(60)
    assert.equal([collector.requests.length, pipeline.failures(), pipeline.dropped()], [1, 1, 2500])
  })

  test('of a collection of which a part is refused the rest is sent all the same', async () => {
    await using collector = await serveCollector((response) => acceptPartly(response, 1, 'odd'))
    await using pipeline = open({ endpoint: collector.url, traces: false, metrics: true }, [MANY])
    await pipeline.close(60)
    assert.equal([collector.requests.length, pipeline.failures(), pipeline.dropped()], [3, 0, 3])
    assert.equal(pipeline.told, ['metrics lost: The collector refused 1 data points: odd'])
  })

  test('of many come in batches, each point once', async () => {
    const seen = new Set<unknown>()
    await using collector = await serveCollector((response) => {
      for (const { attributes } of collector.points) seen.add(attributes.i)
      accept(response)
    })
    await using pipeline = open({ endpoint: collector.url, traces: false, metrics: true }, [MANY])
    await pipeline.close(60)
    assert.equal([collector.requests.length, seen.size], [3, 2500])
  })
})
