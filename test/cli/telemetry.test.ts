/** Whole probers and a collector that decodes what they send. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { createAuthority } from '../../cli/demo/authority.ts'
import { createServiceProcess } from '../../cli/demo/service-process.ts'
import type { ProberOptions, RunningProber } from '../../cli/prober.ts'
import { createLogger } from '../../prober/sinks/log.ts'
import { assert, describe } from '../harness.ts'
import { eventually, startProgram } from '../programs.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { type ReceivedPoint, type ReceivedSpan, serveCollector } from '../servers/otlp-collector.ts'
import { startSonde } from '../servers/sonde.ts'
import { closedPort } from '../servers/tcp.ts'

const MAIN = join(import.meta.dirname, '../../cli/main.ts')
const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=edge', ips: ['127.0.0.1'] })

interface Prober extends AsyncDisposable, Pick<RunningProber, 'reload'> {
  readonly url: string
  readonly log: () => readonly string[]
  /** As a scraper or a person asks. */
  get(path: string): Promise<string>
  write(config: object): Promise<void>
}

const http = { preferred_ip_protocol: 'ip4', trace: {} }
const modules = { web: { prober: 'http', http } }
const CONFIG = { modules }

async function start(config: object, more: Partial<ProberOptions> = {}): Promise<Prober> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-telemetry-'))
  const configFile = join(folder.path, 'sonde.yml')
  const write = (next: object) => writeFile(configFile, JSON.stringify({ ...CONFIG, ...next }))
  await write(config)
  const lines: string[] = []
  const prober = await startSonde(configFile, {
    graceSeconds: 90,
    logger: createLogger({ level: 'info', format: 'logfmt', write: (line) => void lines.push(line) }),
    ...more,
  })
  const [url = ''] = prober.urls
  return {
    url,
    write,
    reload: prober.reload,
    log: () => lines,
    get: async (path) => await (await request(`${url}${path}`)).body.text(),
    async [Symbol.asyncDispose]() {
      await prober[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const telemetry = (url: string, more: object = {}) => ({
  telemetry: { otlp: { endpoint: url, interval: '1h', ...more } },
})
const isInside = (inner: ReceivedSpan, outer: ReceivedSpan) =>
  inner.startNs >= outer.startNs && inner.endNs <= outer.endNs

/** Redirects to `/hello`, and hands that on with its headers. */
function edgeBefore(port: () => number) {
  return serveHttp(
    async ({ url, headers }, response) => {
      if (url !== '/hello') return void response.writeHead(302, { location: '/hello' }).end()
      const passed = { traceparent: String(headers.traceparent) }
      const { statusCode, body } = await request(`http://127.0.0.1:${port()}/`, { headers: passed })
      response.writeHead(statusCode).end(await body.text())
    },
    { identity },
  )
}

describe('a probe’s trace', (test) => {
  test('leads through TLS and a redirect into the service, in one tree without a credential', async () => {
    await using collector = await serveCollector()
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' }
    await using service = createServiceProcess({ port: 0, environment, onLost: () => undefined })
    assert.ok((await service.start()).ok)
    await using edge = await edgeBefore(service.port)
    const tls_config = { ca: authority.certPem }
    const config = { modules: { web: { prober: 'http', http: { ...http, tls_config } } }, ...telemetry(collector.url) }
    await using prober = await start(config)
    const target = `https://me:hunter2@127.0.0.1:${edge.port}/`
    assert.match(await prober.get(`/probe?module=web&target=${encodeURIComponent(target)}`), '\nprobe_success 1\n')
    await prober[Symbol.asyncDispose]()
    await collector.until(() => collector.spans.some(({ kind }) => kind === 2))
    const { spans } = collector
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
    assert.equal(
      roots.map(({ name, attributes }) => [name, attributes['sonde.instance']]),
      [['probe web', undefined]],
    )
    assert.is(new Set(spans.map(({ traceId }) => traceId)).size, 1)
    const [root] = roots as [ReceivedSpan]
    const requests = spans.filter(({ kind }) => kind === 3)
    assert.equal(
      requests.map(({ parentSpanId, attributes }) => [parentSpanId, attributes['http.response.status_code']]),
      [
        [root.spanId, 302],
        [root.spanId, 200],
      ],
    )
    const served = spans.find(({ kind }) => kind === 2)
    assert.equal([served?.parentSpanId, served?.resource['service.name']], [requests[1]?.spanId, 'hello'])
    for (const each of requests) {
      const phases = spans.filter(({ parentSpanId, kind }) => parentSpanId === each.spanId && kind === 1)
      assert.ok(['connect', 'tls', 'processing'].every((phase) => phases.some(({ name }) => name === phase)))
      for (const phase of phases) assert.ok(isInside(phase, each), phase.name)
      assert.ok(isInside(each, root))
    }
    const text = JSON.stringify(spans, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    assert.not.match(text, 'hunter2')
  })
})

/** `name{label="value",…}` of a text in Prometheus' format, those of the probes alone. */
function seriesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /^(probe\w*(?:\{.*\})?) \S+$/.exec(line)?.[1] ?? [])
}

/** The same of points. */
function seriesOf(points: readonly ReceivedPoint[]): readonly string[] {
  return points
    .filter(({ name }) => name.startsWith('probe'))
    .flatMap(({ name, type, attributes, bounds }) => {
      const series = (suffix: string, more: object = {}) => {
        const labels = Object.entries({ ...attributes, ...more }).map(([label, value]) => `${label}="${value}"`)
        return `${name}${suffix}${labels.length === 0 ? '' : `{${labels.join(',')}}`}`
      }
      if (type !== 'histogram') return [series('')]
      const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound) => series('_bucket', { le: boundText(bound) }))
      return [...buckets, series('_sum'), series('_count')]
    })
}

function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

describe('scheduled targets by OTLP', (test) => {
  test('have the series of /metrics with their exemplars, and traces that say why they failed', async () => {
    await using site = await serveHttp(answer(200))
    await using collector = await serveCollector()
    const target = { name: 'shop', address: site.url, module: 'web', interval: '1s', labels: { team: 'a' } }
    const broken = { ...target, name: 'broken', address: `http://127.0.0.1:${await closedPort()}/` }
    const ran = new Map([target.name, broken.name].map((name) => [name, Promise.withResolvers<void>()]))
    const targets = [target, broken, { ...target, name: 'quiet', quiet: [{}] }]
    await using prober = await start(
      { targets, ...telemetry(collector.url, { metrics: true }) },
      { onRun: ({ name }) => ran.get(name)?.resolve() },
    )
    for (const { promise } of ran.values()) await promise
    const text = await prober.get('/metrics')
    await prober[Symbol.asyncDispose]()
    isSameAs(text, collector.points)
    areRightOf('shop', collector.points)
    const root = collector.spans.find(({ attributes }) => attributes['sonde.instance'] === 'broken')
    assert.equal([root?.status.code, root?.attributes['error.type']], [2, 'connect_refused'])
    const failed = collector.spans.filter(({ status, traceId }) => status.code === 2 && traceId === root?.traceId)
    assert.equal(
      failed.map(({ name }) => name),
      ['probe web', 'GET', 'connect'],
    )
  })
})

/** What Node.js says of itself comes and goes. */
const OURS = /^(?!nodejs_|process_)/

/** Families, and of the probes' own each series. */
function isSameAs(text: string, points: readonly ReceivedPoint[]): void {
  assert.equal([...seriesOf(points)].sort(), [...seriesIn(text)].sort())
  const typed = [...text.matchAll(/^# TYPE (\S+) (?!summary)/gm)].map(([, name = '']) => name)
  const filled = typed.filter((name) => OURS.test(name) && new RegExp(`^${name}(_count)?[ {]`, 'm').test(text))
  const received = new Set(points.map(({ name }) => name).filter((name) => OURS.test(name)))
  assert.equal([...received].sort(), filled.sort())
}

function areRightOf(instance: string, points: readonly ReceivedPoint[]): void {
  const one = (name: string) => points.find((point) => point.name === name && point.attributes.instance === instance)
  const [runs, durations] = [one('probe_runs_total'), one('probe_run_duration_seconds')]
  assert.is(one('probe_success')?.value, 1)
  assert.ok((runs?.value ?? 0) >= 1)
  assert.ok((runs?.startNs ?? 0n) > 0n && (runs?.startNs ?? 0n) < (runs?.timeNs ?? 0n))
  assert.is(durations?.count, runs?.value)
  assert.is(
    durations?.bucketCounts.reduce((sum, count) => sum + count, 0),
    durations?.count,
  )
  assert.match(String(durations?.exemplars[0]?.traceId), /^[0-9a-f]{32}$/)
}

describe('telemetry of a prober', (test) => {
  test('follows a reload, and what was collected before still arrives where it was to go', async () => {
    await using site = await serveHttp(answer(200))
    await using first = await serveCollector()
    await using second = await serveCollector()
    await using prober = await start({})
    const probe = () => prober.get(`/probe?module=web&target=${site.url}`)
    for (const collector of [first, second]) {
      await probe()
      await prober.write(telemetry(collector.url))
      assert.ok((await prober.reload()).ok)
      assert.match(await prober.get('/metrics'), 'prober_export_failures_total{signal="traces"} 0')
      await probe()
    }
    await prober.write({})
    assert.ok((await prober.reload()).ok)
    await probe()
    await prober[Symbol.asyncDispose]()
    const roots = [first, second].map(({ spans }) => spans.filter(({ parentSpanId }) => parentSpanId === '').length)
    assert.equal(roots, [2, 1])
  })

  test('to a collector that is away fails no probe, is told once, and counted', async () => {
    await using site = await serveHttp(answer(200))
    const away = telemetry(`http://127.0.0.1:${await closedPort()}`, { timeout: '900ms' })
    await using prober = await start({ ...away, targets: [] })
    const probe = () => prober.get(`/probe?module=web&target=${site.url}`)
    assert.match(await probe(), '\nprobe_success 1\n')
    // What waits is sent when a reload replaces the collector.
    await prober.write({})
    assert.ok((await prober.reload()).ok)
    const failed = /prober_export_failures_total\{signal="traces"\} 1\n/
    await eventually(async () => failed.exec(await prober.get('/metrics')) ?? undefined, 'a failure counted')
    assert.match(await prober.get('/metrics'), /prober_export_dropped_total\{signal="traces"\} [1-9]/)
    assert.match(await probe(), '\nprobe_success 1\n')
    const told = prober.log().filter((line) => line.includes('The collector does not take'))
    assert.is(told.length, 1)
    assert.match(String(told), /signal=traces err=.*(ECONNREFUSED|No answer within)/)
  })
})

/** Prints the URL of each module of OpenTelemetry that is loaded. prom-client brings its API, which is 6 files. */
const HOOK = `data:text/javascript,import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    if (/@opentelemetry\\/(?!api\\/)|@bufbuild\\/protobuf/.test(url)) process.stderr.write('LOADED ' + url + '\\n')
    return next(url, context)
  },
})`.replaceAll('\n', '%0A')

async function serve(config: object) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-telemetry-'))
  await writeFile(join(folder.path, 'sonde.yml'), JSON.stringify({ ...CONFIG, ...config }))
  const args = ['--disable-warning=ExperimentalWarning', '--import', HOOK, MAIN, 'serve', '--config.file=sonde.yml']
  const program = await startProgram(process.execPath, [...args, '--web.listen-address=127.0.0.1:0'], {
    cwd: folder.path,
    ready: /address=http:\S+/,
  })
  return {
    program,
    url: /address=(http:\S+)/.exec(program.output())?.[1] ?? '',
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('sonde serve', (test) => {
  test('without telemetry loads nothing of OpenTelemetry', async () => {
    await using site = await serveHttp(answer(200))
    await using served = await serve({})
    assert.is((await request(`${served.url}/probe?module=web&target=${site.url}`)).statusCode, 200)
    assert.not.match(served.program.output(), 'LOADED')
  })

  test('with it sends at SIGTERM what waits, and ends', async () => {
    await using site = await serveHttp(answer(200))
    await using collector = await serveCollector()
    await using served = await serve(telemetry(collector.url, { metrics: true }))
    assert.is((await request(`${served.url}/probe?module=web&target=${site.url}`)).statusCode, 200)
    served.program.kill('SIGTERM')
    assert.is(await served.program.ended, 0)
    assert.match(served.program.output(), /LOADED .*sdk-trace/)
    assert.is(collector.spans.filter(({ name }) => name === 'probe web').length, 1)
    assert.ok(collector.points.some(({ name }) => name === 'sonde_build_info'))
  })
})
