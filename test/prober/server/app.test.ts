import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import type { Loaded } from '../../../prober/config/load.ts'
import type { Config, Target } from '../../../prober/config/schema.ts'
import { parseConfig } from '../../../prober/config/load.ts'
import { createRuntime } from '../../../prober/metrics/runtime.ts'
import type { Probe, ProbeRequest } from '../../../prober/probes/probe.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { isSameTarget } from '../../../prober/config/same-target.ts'
import { type AppParts, createApp, createHttpServer } from '../../../prober/server/app.ts'
import { drain, listen } from '../../../prober/server/listen.ts'
import { createHistory } from '../../../prober/sinks/history.ts'
import { createLatest } from '../../../prober/sinks/latest.ts'
import { createPaths } from '../../../prober/sinks/paths.ts'
import { createTally } from '../../../prober/sinks/tally.ts'
import {
  SAMPLE_ADDRESSES,
  SAMPLE_DNS,
  SAMPLE_GRPC,
  SAMPLE_ICMP,
  SAMPLE_TCP,
  SAMPLE_WEBSOCKET,
} from '../../cli/sample-result.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success, target, tlsFacts } from '../metrics/results.ts'
import { run } from '../metrics/runs.ts'

const CONFIG = `
modules:
  http_2xx: { prober: http, timeout: 5s }
  secret: { prober: http, http: { basic_auth: { username: joe, password: hunter2 } } }
  host: { prober: http, http: { headers: { host: a.test } } }
  names: { prober: dns, dns: { query_name: own.example } }
`

interface Options {
  readonly probe?: Probe
  readonly targets?: readonly Target[]
  readonly parts?: Partial<AppParts>
}

async function configOf(targets: readonly Target[], text = CONFIG): Promise<Config> {
  const loaded = await parseConfig(text, 'test.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return { ...loaded.config, targets }
}

/** `/metrics` as far as its head; nothing is read of the rest until it is asked for. */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}) {
  const asked = get(new URL('/metrics', url), { headers, agent: false })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { text: () => text(answer), hangUp: () => asked.destroy() }
}

/** The app with a probe that answers by hand, listening. */
async function start({ probe, targets = [], parts = {} }: Options = {}) {
  let config = await configOf(targets)
  const asked: ProbeRequest[] = []
  const results: Result[] = []
  const bugs: unknown[] = []
  const latest = createLatest(isSameTarget)
  latest.retain(targets)
  const tally = createTally(isSameTarget)
  tally.retain(targets)
  const reloadStatus = { successful: true, successAtSeconds: 1_700_000_000.5 }
  const loaded: Loaded = { ok: true, config }
  const store = {
    current: () => config,
    status: () => reloadStatus,
    reload: async () => loaded,
    onChange: () => undefined,
    watch: () => ({ [Symbol.dispose]: () => undefined }),
    [Symbol.dispose]: () => undefined,
  }
  const runtime = createRuntime({
    version: '1.2.3',
    nowSeconds: () => performance.now() / 1000,
    reloadStatus: store.status,
    isReady: () => true,
    scheduledTargets: () => targets.length,
    missedRuns: () => 7,
    queueLength: () => 0,
    quietTargets: () => 0,
    discovery: () => [],
  })
  const app = createApp({
    version: '1.2.3',
    store,
    runtime,
    history: createHistory(10),
    latest,
    tally,
    paths: createPaths(isSameTarget),
    timeoutOffsetSeconds: 0.5,
    probe(request, signal) {
      asked.push(request)
      return probe?.(request, signal) ?? Promise.resolve(success({ target: request.target }))
    },
    onResult: (_module, result) => void results.push(result),
    reload: store.reload,
    onBug: (error) => void bugs.push(error),
    unready: () => undefined,
    nowSeconds: () => 1_800_000_005,
    scheduleSeconds: () => 1_800_000_005,
    routePrefix: '/',
    externalUrl: undefined,
    ...parts,
  })
  const server = createHttpServer(app)
  const listening = await listen(server, { host: '127.0.0.1', port: 0 }, '--flag')
  if (!listening.ok) throw new Error(listening.message)
  return {
    url: listening.url,
    reloadAs(other: Config) {
      config = other
    },
    asked,
    results,
    bugs,
    latest,
    tally,
    async get(path: string, options: Parameters<typeof request>[1] = {}) {
      const { statusCode, headers, body } = await request(listening.url + path, options)
      const bytes = Buffer.from(await body.arrayBuffer())
      return { status: statusCode, headers, bytes, text: bytes.toString() }
    },
    async [Symbol.asyncDispose]() {
      await drain(server, 0)
      runtime[Symbol.dispose]()
    },
  }
}

/** Looks at each turn of the event loop. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate)
}

describe('/probe', (test) => {
  // Of two faults the first one in blackbox_exporter's order is told.
  const refusals: readonly (readonly [string, Record<string, string>, number, string])[] = [
    ['/probe?module=nope', { 'x-prometheus-scrape-timeout-seconds': 'x' }, 400, 'Unknown module "nope"\n'],
    ['/probe', { 'x-prometheus-scrape-timeout-seconds': 'x' }, 500, 'Failed to parse timeout from Prometheus header: '],
    ['/probe?module=host&hostname=b.test', {}, 400, 'Target parameter is missing\n'],
    ['/probe?target=', {}, 400, 'Target parameter is missing\n'],
    ['/probe?target=&target=b', {}, 400, 'Target parameter is missing\n'],
    [
      '/probe?target=http%253A%252F%252F%25zz',
      {},
      400,
      'Target parameter cannot be decoded: invalid URL escape "%zz"\n',
    ],
    [
      '/probe?target=a&module=host&hostname=b.test',
      {},
      400,
      "host header defined both in module configuration (a.test) and with URL-parameter 'hostname' (b.test)\n",
    ],
  ]
  for (const [path, headers, status, text] of refusals) {
    test(`${path} is refused: ${text.trim()}`, async () => {
      await using server = await start()
      const answer = await server.get(path, { headers })
      assert.is(answer.status, status)
      assert.ok(answer.text.startsWith(text), answer.text)
      assert.is(server.asked.length, 0)
    })
  }

  const questions: readonly (readonly [string, Partial<ProbeRequest>])[] = [
    ['/probe?target=a&target=b', { target: 'a' }],
    ['/probe?target=http%3A%2F%2Fh%2F%3Fq%3D1%252B2', { target: 'http://h/?q=1%2B2' }],
    ['/probe?target=a&module=&unknown=1', { target: 'a', timeoutSeconds: 5 }],
    ['/probe?target=a&module=secret', { timeoutSeconds: 9.5 }],
    ['/probe?target=a&module=host&hostname=a.test', { hostname: 'a.test' }],
    ['/probe?target=a&hostname=b.test', { hostname: 'b.test' }],
  ]
  for (const [path, expected] of questions) {
    test(`${path} asks for ${JSON.stringify(expected)}`, async () => {
      await using server = await start()
      const headers = { 'x-prometheus-scrape-timeout-seconds': '10' }
      assert.is((await server.get(path, { headers })).status, 200)
      for (const [key, value] of Object.entries(expected)) assert.equal(Reflect.get(server.asked[0] ?? {}, key), value)
    })
  }

  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const) {
    test(`answers ${method}`, async () => {
      await using server = await start()
      const answer = await server.get('/probe?target=a', { method })
      assert.is(answer.status, 200)
      assert.match(answer.text, '\nprobe_success 1\n')
    })
  }

  test('HEAD has the headers and no body', async () => {
    await using server = await start()
    const answer = await server.get('/probe?target=a', { method: 'HEAD' })
    assert.is(answer.status, 200)
    assert.is(answer.text, '')
    assert.ok(Number(answer.headers['content-length']) > 1000)
  })

  test('a failed probe is a successful answer', async () => {
    await using server = await start({ probe: async () => refused() })
    const answer = await server.get('/probe?target=a')
    assert.is(answer.status, 200)
    assert.is(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.match(answer.text, 'probe_failure_info{phase="connect",reason="connect_refused"} 1\n')
  })

  test('answers in OpenMetrics when asked, and says so', async () => {
    await using server = await start()
    const headers = { accept: 'application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.2' }
    const answer = await server.get('/probe?target=a', { headers })
    assert.is(answer.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8')
    assert.ok(answer.text.endsWith('# EOF\n'))
  })

  test('a long answer is compressed, a usual one is not; both arrive whole', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `ä-${index}.example.test`)
    const tls = tlsFacts()
    const [leaf] = tls.peerChain
    if (leaf === undefined) throw new Error('no leaf')
    const long = success({ tls: { ...tls, peerChain: [{ ...leaf, dnsNames: names }] } })
    await using server = await start({ probe: async ({ target }) => (target === 'long' ? long : success()) })
    const headers = { 'accept-encoding': 'gzip' }
    const short = await server.get('/probe?target=a', { headers })
    assert.is(short.headers['content-encoding'], undefined)
    const answer = await server.get('/probe?target=long', { headers })
    assert.is(answer.headers['content-encoding'], 'gzip')
    assert.match(gunzipSync(answer.bytes).toString(), names.join(','))
    const plain = await server.get('/probe?target=long')
    assert.match(plain.text, names.join(','))
    assert.is(Number(plain.headers['content-length']), plain.bytes.length)
  })

  test('a client that leaves ends the probe', async () => {
    const started = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    await using server = await start({
      probe: (_request, signal) =>
        new Promise((resolve) => {
          started.resolve()
          signal.addEventListener('abort', () => {
            aborted.resolve()
            resolve(refused())
          })
        }),
    })
    const leaving = new AbortController()
    const answer = server.get('/probe?target=a', { signal: leaving.signal }).catch(() => undefined)
    await started.promise
    leaving.abort()
    await Promise.all([answer, aborted.promise])
  })

  test('a bug of ours is a 500 that tells the client nothing, and the log everything', async () => {
    const bug = new Error('password hunter2')
    await using server = await start({ probe: () => Promise.reject(bug) })
    const answer = await server.get('/probe?target=a')
    assert.is(answer.status, 500)
    assert.not.match(answer.text, 'hunter2')
    assert.equal(server.bugs, [bug])
    assert.match((await server.get('/metrics')).text, '\nsonde_probes_in_flight 0\n')
  })

  test('64 KiB of target get an answer, and what is longer than all limits too', async () => {
    await using server = await start()
    const answer = await server.get(`/probe?target=${'%61'.repeat(65_536)}`)
    assert.is(answer.status, 200)
    assert.is(server.asked[0]?.target.length, 65_536)
    const tooLong = await server.get(`/probe?target=${'a'.repeat(1_000_000)}`)
    assert.is(tooLong.status, 431)
    assert.match(tooLong.text, 'too long')
  })

  test('what is no HTTP gets an answer, too', async () => {
    await using server = await start()
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end('\x16\x03\x01 hello\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += chunk
    assert.match(text, /^HTTP\/1.1 400 Bad Request\r\n/)
  })

  test('debug=true has the headings, the phases and the chain, and no secret', async () => {
    const result = success({
      tls: tlsFacts(),
      log: [{ atSeconds: 0, level: 'warn', message: 'a "b"', fields: { n: 1 } }],
    })
    await using server = await start({ probe: async () => result })
    const { text, headers } = await server.get('/probe?target=a&module=secret&debug=true')
    assert.is(headers['content-type'], 'text/plain; charset=utf-8')
    const order = [
      'Logs for the probe:\n',
      'Metrics that would have been returned:\n',
      'Module configuration:\n',
      'Phases:\n',
      'Certificate chain:\n',
    ]
    const places = order.map((heading) => text.indexOf(heading))
    assert.equal(
      places,
      places.toSorted((a, b) => a - b),
    )
    assert.ok(!places.includes(-1))
    assert.match(text, 'level=WARN msg="a \\"b\\"" module=secret target=http://example.test/ n=1\n')
    assert.match(text, /processing +20.000 ms {2,}█+\n/)
    assert.match(text, '<secret>')
    assert.not.match(text, 'hunter2')
  })
})

describe('a reload while a probe runs', (test) => {
  test('leaves it the module that it was asked for, on the debug page and in the history', async () => {
    const go = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    await using server = await start({
      async probe() {
        asked.resolve()
        await go.promise
        return success()
      },
    })
    const answer = server.get('/probe?target=a&debug=true')
    await asked.promise
    server.reloadAs(await configOf([], CONFIG.replace('5s', '7s')))
    go.resolve()
    assert.match((await answer).text, 'timeout: 5s')
    assert.match((await server.get('/logs?target=a')).text, 'timeout: 5s')
  })
})

describe('/logs', (test) => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['/logs', 400, 'Probe id or target must be defined as http query parameters\n'],
    ['/logs?id=x', 400, 'Probe id or target must be defined as http query parameters\n'],
    ['/logs?id=0&target=a', 400, "Probe id and target can't be defined at the same time\n"],
    ['/logs?id=99', 404, 'Probe id not found\n'],
    ['/logs?target=unknown', 404, 'Probe target not found\n'],
    ['/logs?target=a&module=secret', 404, 'Probe target not found\n'],
    ['/logs?instance=unknown', 404, 'No scheduled target of this name has run\n'],
    ['/logs?id=0', 200, 'Logs for the probe:\n'],
    ['/logs?target=a', 200, 'Logs for the probe:\n'],
    ['/logs?target=a&module=http_2xx', 200, 'Logs for the probe:\n'],
    ['/logs?instance=web', 200, 'Logs for the probe:\n'],
    ['/logs?target=http://scheduled.test/', 200, 'Logs for the probe:\n'],
    ['/logs?target=http://scheduled.test/&module=secret', 404, 'Probe target not found\n'],
  ]
  test('answers as blackbox_exporter, and for scheduled targets by name or address', async () => {
    const web = target({ address: 'http://scheduled.test/' })
    await using server = await start({ targets: [web] })
    server.latest.add(web, run(success()))
    await server.get('/probe?target=a')
    for (const [path, status, text] of cases) {
      const answer = await server.get(path)
      assert.is(answer.status, status, path)
      assert.ok(answer.text.startsWith(text), `${path}: ${answer.text}`)
    }
  })

  test('of one target it gives the newest', async () => {
    let count = 0
    await using server = await start({ probe: async () => success({ durationSeconds: ++count }) })
    for (let index = 0; index < 3; index++) await server.get('/probe?target=a')
    assert.match((await server.get('/logs?target=a')).text, '\nprobe_duration_seconds 3\n')
  })
})

describe('/metrics', (test) => {
  const web = target({ labels: { team: 'x' } })

  test("has the process, blackbox_exporter's names and the scheduled targets", async () => {
    await using server = await start({ targets: [web] })
    server.latest.add(web, run(refused()))
    server.tally.add(web, run(refused()))
    await server.get('/probe?target=a&module=nope')
    await server.get('/probe?target=a')
    const { text, headers } = await server.get('/metrics')
    assert.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    for (const line of [
      'blackbox_exporter_config_last_reload_successful 1',
      'blackbox_exporter_config_last_reload_success_timestamp_seconds 1700000000.5',
      'blackbox_module_unknown_total 1',
      'sonde_probes_total{module="http_2xx",outcome="success"} 1',
      'sonde_probes_in_flight 0',
      'sonde_scheduled_targets 1',
      'sonde_scheduler_missed_runs_total 7',
      'probe_success{instance="web",team="x"} 0',
      'probe_runs_total{instance="web",team="x"} 1',
      'probe_failure_info{instance="web",team="x",phase="connect",reason="connect_refused"} 1',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line)
    }
    assert.match(text, /\nblackbox_exporter_build_info\{version="1.2.3",/)
    assert.match(text, /\nsonde_build_info\{version="1.2.3",/)
    assert.match(text, /\nprocess_cpu_seconds_total \d/)
  })

  test('one format does not spoil the other, asked in turns', async () => {
    await using server = await start({ targets: [web] })
    server.latest.add(web, run(success()))
    const openMetrics = { headers: { accept: 'application/openmetrics-text;version=1.0.0' } }
    // Those of Node.js come and go, with each kind of garbage collection and of resource.
    const names = async (options?: Parameters<typeof request>[1]) =>
      (await server.get('/metrics', options)).text
        .split('\n')
        .filter((line) => line !== '' && !/^(#|nodejs_)/.test(line))
        .map((line) => line.split(' ')[0])
    const first = await names()
    assert.equal(await names(openMetrics), first)
    assert.equal(await names(), first)
    const { text, headers } = await server.get('/metrics', openMetrics)
    assert.match(String(headers['content-type']), 'application/openmetrics-text; version=1.0.0')
    assert.match(text, '# TYPE blackbox_module_unknown counter\nblackbox_module_unknown_total 0\n')
    assert.is(text.split('# EOF').length, 2)
    assert.ok(text.endsWith('# EOF\n'))
  })

  test('is compressed when asked, and the same', async () => {
    await using server = await start({ targets: [web] })
    server.latest.add(web, run(success()))
    const { bytes, headers } = await server.get('/metrics', { headers: { 'accept-encoding': 'gzip' } })
    assert.is(headers['content-encoding'], 'gzip')
    assert.match(gunzipSync(bytes).toString(), '\nprobe_success{instance="web",team="x"} 1\n')
  })

  /** 2 MB: more than a socket takes at once. */
  async function startMany() {
    const many = Array.from({ length: 500 }, (_, index) => target({ name: `t${index}` }))
    const server = await start({ targets: many })
    for (const each of many) {
      server.latest.add(each, run(success()))
      server.tally.add(each, run(success()))
    }
    return server
  }
  const ofTargets = (text: string) => text.split('\n').filter((line) => line.startsWith('probe'))

  test('of many targets is the same for all who ask at the same time, compressed or not, fast or slow', async () => {
    await using server = await startMany()
    const slow = await ask(server.url)
    const [plain, compressed, again] = await Promise.all([
      server.get('/metrics'),
      server.get('/metrics', { headers: { 'accept-encoding': 'gzip' } }),
      server.get('/metrics'),
    ])
    const expected = ofTargets(plain.text)
    assert.is(expected.filter((line) => line.startsWith('probe_runs_total{')).length, 500)
    assert.is(new Set(expected).size, expected.length)
    assert.equal(ofTargets(gunzipSync(compressed.bytes).toString()), expected)
    assert.equal(ofTargets(again.text), expected)
    assert.equal(ofTargets(await slow.text()), expected)
  })

  for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
    const how = 'accept-encoding' in headers ? 'compressed' : 'as text'
    test(`a scraper that hangs up in the middle, ${how}, does no harm to the next, and is no bug`, async () => {
      await using server = await startMany()
      const gone = await ask(server.url, headers)
      gone.hangUp()
      assert.is(
        ofTargets((await server.get('/metrics')).text).filter((line) => /^probe_success\{/.test(line)).length,
        500,
      )
      assert.equal(server.bugs, [])
    })
  }
})

describe('other endpoints', (test) => {
  test('health, readiness, configuration', async () => {
    await using server = await start()
    assert.equal([(await server.get('/-/healthy')).text, (await server.get('/-/ready')).text], ['Healthy\n', 'Ready\n'])
    const config = await server.get('/config')
    assert.match(config.text, 'password: <secret>')
    assert.not.match(config.text, 'hunter2')
  })

  test('readiness goes before the rest', async () => {
    await using server = await start({ parts: { unready: () => 'Shutting down' } })
    const { status, text } = await server.get('/-/ready')
    assert.equal([status, text], [503, 'Shutting down\n'])
    assert.is((await server.get('/-/healthy')).status, 200)
  })

  test('reload takes POST and PUT alone, and tells every error', async () => {
    const errors = ['a.yml:1:1: x: bad', 'a.yml:2:1: y: bad']
    await using server = await start({ parts: { reload: async () => ({ ok: false, errors }) } })
    const wrong = await server.get('/-/reload')
    assert.is(wrong.status, 405)
    assert.is(wrong.headers.allow, 'POST, PUT')
    const failed = await server.get('/-/reload', { method: 'POST' })
    assert.is(failed.status, 500)
    assert.is(failed.text, `failed to reload config: ${errors.join('\n')}\n`)
    await using other = await start()
    assert.is((await other.get('/-/reload', { method: 'PUT' })).status, 200)
  })

  test('an unknown path is told what there is', async () => {
    await using server = await start()
    for (const path of ['/nope', '/Probe', '/probe/', '//probe', '/..%2fprobe']) {
      const answer = await server.get(path)
      assert.is(answer.status, 404, path)
      assert.match(answer.text, '/probe, /metrics')
    }
  })

  test('a whole URL asks for its path, as through a proxy', async () => {
    await using server = await start()
    for (const [target, status] of [
      ['http://other.test/-/healthy', 200],
      ['HTTPS://other.test:1/probe?target=http://a.test/', 200],
      ['http://other.test?refresh=off', 200],
      ['http://other.test/nope', 404],
      ['/http://other.test/-/healthy', 404],
    ] as const) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.write(`GET ${target} HTTP/1.1\r\nhost: other.test\r\nconnection: close\r\n\r\n`)
      let text = ''
      for await (const chunk of socket) text += chunk
      assert.match(text, `HTTP/1.1 ${status} `, target)
    }
  })

  test('a prefix moves every path, and / leads there', async () => {
    await using server = await start({ parts: { routePrefix: '/sonde', externalUrl: 'https://x.test/sonde' } })
    assert.is((await server.get('/sonde/-/healthy')).status, 200)
    assert.is((await server.get('/sonde/probe?target=a')).status, 200)
    assert.is((await server.get('/probe?target=a')).status, 404)
    assert.equal(
      [(await server.get('/')).status, (await server.get('/')).headers.location],
      [302, 'https://x.test/sonde'],
    )
    assert.is((await server.get('/sonde')).headers.location, '/sonde/')
    assert.is((await server.get('/sonde/')).status, 200)
  })
})

describe('a prefix of any characters', (test) => {
  for (const prefix of ['/a:b', '/a(b', '/a*b', '/a+b', '/[ab]', '/a!b', '/a.b', '/a%20b']) {
    test(`${prefix} is itself and nothing else`, async () => {
      await using server = await start({ parts: { routePrefix: prefix } })
      assert.is((await server.get(`${prefix}/-/healthy`)).status, 200)
      assert.is((await server.get(prefix)).headers.location, `${prefix}/`)
      assert.is((await server.get('/aXb/-/healthy')).status, 404)
    })
  }
})

describe('status page', (test) => {
  const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202e`

  test('escapes everything that came from outside, and forbids the rest', async () => {
    const hostile = target({ name: HOSTILE, address: 'http://u:hunter2@h/', labels: {} })
    await using server = await start({
      targets: [hostile],
      probe: async () => ({
        ...refused(),
        target: HOSTILE,
        outcome: { ok: false, phase: 'tls', reason: 'tls_expired', message: HOSTILE },
      }),
    })
    server.latest.add(hostile, run(success({ target: HOSTILE, tls: tlsFacts() })))
    await server.get('/probe?target=a')
    const { text, headers } = await server.get('/')
    assert.is(headers['content-type'], 'text/html; charset=utf-8')
    assert.match(String(headers['content-security-policy']), "default-src 'none'")
    assert.not.match(text, /<script|<img|\u202e|hunter2/)
    assert.is(text.split('&lt;script&gt;').length - 1, 3)
  })

  test('refreshes by itself until it is told to stand still', async () => {
    await using server = await start()
    const running = await server.get('/')
    assert.match(running.text, '<meta http-equiv="refresh" content="10">')
    assert.match(running.text, '<a href="?refresh=off">pause</a>')
    const paused = await server.get('/?refresh=off')
    assert.is(paused.status, 200)
    assert.not.match(paused.text, 'http-equiv="refresh"')
    assert.match(paused.text, '<a href="./">refresh every 10 seconds</a>')
  })

  test('says why it is not ready', async () => {
    await using server = await start({ parts: { unready: () => 'Overloaded: 9 of 10' } })
    assert.match((await server.get('/')).text, '<p class="warn">Overloaded: 9 of 10.</p>')
  })

  test('tells the age of a run by the clock that nobody sets', async () => {
    const web = target({ intervalSeconds: 10 })
    await using server = await start({ targets: [web], parts: { nowSeconds: () => 1_900_000_000 } })
    server.latest.add(web, run(success({ durationSeconds: 1 })))
    assert.match((await server.get('/')).text, '<span class="">4 s ago</span>')
  })

  test('shows state, reason, duration, phases, certificate and what never ran', async () => {
    const targets = ['up', 'down', 'new'].map((name) => target({ name }))
    await using server = await start({ targets })
    const [up, down] = targets
    if (up) server.latest.add(up, run(success({ tls: tlsFacts() })))
    if (down) server.latest.add(down, run(refused()))
    const { text } = await server.get('/')
    assert.match(text, '1 failed, 1 ok, 1 waiting')
    assert.match(text, 'connect_refused')
    assert.match(text, '26.5 ms')
    assert.match(
      text,
      'aria-label="resolve 1.00 ms, connect 2.00 ms, processing 20.0 ms, transfer 3.00 ms, other 500 µs"',
    )
    assert.match(text, '20 s left')
    assert.match(text, 'href="logs?instance=down"')
    assert.not.match(text, 'href="logs?instance=new"')
  })
})

describe('what every kind found', (test) => {
  const each: readonly (readonly [result: Result, page: readonly string[], debug: readonly string[]])[] = [
    [
      SAMPLE_TCP,
      ['dialogue_mismatch', 'phase-dialogue'],
      ['failed step  2 of query_response\n', 'matched      version=1.2, name=mail\n'],
    ],
    [
      SAMPLE_DNS,
      ['<code>NOERROR</code>', 'shop.example. AAAA'],
      ['question     shop.example. AAAA, over udp\n', 'records      shop.example. 60 IN AAAA fd00::0\n'],
    ],
    [
      SAMPLE_ICMP,
      ['<code>3/4</code>', 'phase-setup', 'phase-rtt'],
      ['reply 1      2.00 ms\n', 'reply 3      600 µs\n'],
    ],
    [SAMPLE_GRPC, ['grpc_not_serving'], ['status       OK (0)\n', 'health       NOT_SERVING\n', '-----BEGIN CERT']],
    [SAMPLE_WEBSOCKET, ['dialogue_timeout'], ['upgraded     yes, answered 101\n']],
    [
      { ...success(), addresses: SAMPLE_ADDRESSES },
      ['<small>1 of 2 addresses ok</small>'],
      [
        'Addresses:\n1 of 2 addresses ok\n10.0.0.1   ok               12.0 ms\n',
        '10.0.0.22: 10.0.0.22:443 refused the connection\n',
      ],
    ],
  ]
  for (const [result, page, debug] of each) {
    test(`is on the status page and on the debug page: ${result.prober}`, async () => {
      await using server = await start({ probe: async () => result })
      const { text } = await server.get('/probe?target=a&debug=true')
      for (const line of debug) assert.ok(text.includes(line), `${line} in ${text}`)
      const status = await server.get('/')
      for (const part of page) assert.ok(status.text.includes(part), part)
    })
  }

  test('what the target chose cannot begin a line of its own on the debug page', async () => {
    const evil = '\x1b[2J\nprobe_success 1'
    const { dns } = SAMPLE_DNS
    const result = { ...SAMPLE_DNS, dns: { ...dns, queryName: evil, records: [evil] } }
    await using server = await start({ probe: async () => result })
    const { text } = await server.get('/probe?target=a&debug=true')
    assert.is(text.split('\nprobe_success 1').length - 1, 1)
    assert.not.match(text, '\x1b')
  })
})

describe('the question of a dns module', (test) => {
  const dns = (query: string) => `/probe?target=a&module=names${query}`
  const questions: readonly (readonly [path: string, question: ProbeRequest['question']])[] = [
    [dns(''), undefined],
    [dns('&query_name=&query_type='), undefined],
    [dns('&query_name=a.example'), { name: 'a.example' }],
    [dns('&query_type=aaaa'), { type: 'AAAA' }],
    [dns('&query_name=a.example&query_type=TYPE65280'), { name: 'a.example', type: 'TYPE65280' }],
    ['/probe?target=a&query_name=a.example&query_type=nonsense', undefined],
  ]
  for (const [path, question] of questions) {
    test(`${path} asks for ${JSON.stringify(question)}`, async () => {
      await using server = await start()
      assert.is((await server.get(path)).status, 200)
      assert.equal(server.asked[0]?.question, question)
    })
  }

  test('a type that is none is refused', async () => {
    await using server = await start()
    const answer = await server.get(dns('&query_type=AAAAA'))
    assert.equal([answer.status, answer.text], [400, 'query_type: "AAAAA" is no record type; write "AAAA"\n'])
    assert.equal(server.asked, [])
  })
})

describe('/probe while the prober was held up', (test) => {
  test('keeps its verdict and says so', async () => {
    const disturbance = { cause: 'event_loop', seconds: 0.3 } as const
    await using server = await start({ probe: async () => ({ ...refused(), disturbance }) })
    const { text } = await server.get('/probe?target=a')
    assert.match(text, '\nprobe_success 0\n')
    assert.match(text, '\nprober_overloaded 1\n')
    const debug = await server.get('/probe?target=a&debug=true')
    assert.match(debug.text, '\nprober       was held up by event_loop 0.300s: times may be its own\n')
  })

  test('says nothing of it otherwise', async () => {
    await using server = await start()
    assert.match((await server.get('/probe?target=a')).text, '\nprober_overloaded 0\n')
    assert.not.match((await server.get('/probe?target=a&debug=true')).text, 'was held up by')
  })
})

describe('/probe with max_age', (test) => {
  /** The app's clock stands 5 seconds after the start of each result made by hand. */
  const dns = { module: 'names', address: '127.0.0.1' }
  const targets = [
    target({ name: 'web', address: 'http://web.test/', hostname: 'www.test', addresses: 'all' }),
    target({ name: 'plain', address: 'http://web.test/' }),
    target({ name: 'zone', ...dns, question: { type: 'SOA' } }),
    target({ name: 'never', address: 'http://never.test/' }),
  ]

  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ['a name is its target', 'target=web&max_age=30s', 'web'],
    ['an address and its hostname are their target', 'target=http://web.test/&hostname=www.test&max_age=5s', 'web'],
    ['an address alone is the target without a hostname', 'target=http://web.test/&max_age=30s', 'plain'],
    ['a question is the target that asks it', 'target=127.0.0.1&module=names&query_type=soa&max_age=30s', 'zone'],
    ['a name alone stands for its question', 'target=zone&module=names&max_age=1m', 'zone'],
    ['an empty max_age is none', 'target=web&max_age=', undefined],
    ['without max_age nothing changes', 'target=http://web.test/', undefined],
    ['another module is another question', 'target=web&module=secret&max_age=30s', undefined],
    ['another hostname is another question', 'target=http://web.test/&hostname=b.test&max_age=30s', undefined],
    ['a name with another hostname is another question', 'target=web&hostname=b.test&max_age=30s', undefined],
    ['another type is another question', 'target=zone&module=names&query_type=MX&max_age=30s', undefined],
    ['a result that is older is none', 'target=web&max_age=4s', undefined],
    ['a target that has not run has none', 'target=never&max_age=30s', undefined],
    ['an address that is not scheduled has none', 'target=b&max_age=30s', undefined],
  ]
  for (const [title, query, expected] of rows) {
    test(title, async () => {
      await using server = await start({ targets })
      for (const [index, each] of targets.slice(0, 3).entries())
        server.latest.add(each, run(success({ durationSeconds: 0.5 + index / 10 })))
      const { text } = await server.get(`/probe?${query}`)
      const index = targets.findIndex(({ name }) => name === expected)
      assert.is(server.asked.length, expected === undefined ? 1 : 0)
      if (expected === undefined) return
      assert.match(text, `\nprobe_duration_seconds ${0.5 + index / 10}\n`)
      assert.is(Number(/^probe_result_age_seconds (.+)$/m.exec(text)?.[1]).toFixed(3), (4.5 - index / 10).toFixed(3))
      assert.equal(server.results, [])
    })
  }

  test('too old a result of a name is asked for as the schedule asks, and is 0 seconds old', async () => {
    await using server = await start({ targets })
    const { text } = await server.get('/probe?target=web&max_age=1ms')
    assert.match(text, '\nprobe_result_age_seconds 0\n')
    const { target: address, hostname, addresses } = server.asked[0] ?? {}
    assert.equal([address, hostname, addresses], ['http://web.test/', 'www.test', 'all'])
  })

  for (const nowSeconds of [1_799_999_000, 1_800_900_000]) {
    test(`a machine's clock that is set to ${nowSeconds} makes no result older or younger`, async () => {
      await using server = await start({ targets, parts: { nowSeconds: () => nowSeconds } })
      server.latest.add(targets[0] ?? target(), run(success({ durationSeconds: 1 })))
      const { text } = await server.get('/probe?target=web&max_age=30s')
      assert.match(text, '\nprobe_result_age_seconds 4\n')
      assert.equal(server.asked, [])
    })
  }

  test('three that ask at once cause one probe, which is told once', async () => {
    const held = Promise.withResolvers<void>()
    const probe = async () => {
      await held.promise
      return success({ durationSeconds: 0.25 })
    }
    await using server = await start({ targets, probe })
    const asked = [1, 2, 3].map(() => server.get('/probe?target=web&max_age=1s'))
    await until(() => server.asked.length > 0)
    held.resolve()
    const texts = (await Promise.all(asked)).map(({ text }) => text)
    for (const text of texts) assert.match(text, '\nprobe_duration_seconds 0.25\n')
    assert.equal([server.asked.length, server.results.length], [1, 1])
  })

  test('a reload that removes the target leaves the address', async () => {
    await using server = await start({ targets })
    server.latest.add(targets[1] ?? target(), run(success()))
    await server.get('/probe?target=http://web.test/&max_age=30s')
    server.reloadAs(await configOf([]))
    await server.get('/probe?target=http://web.test/&max_age=30s')
    assert.is(server.asked.length, 1)
  })

  test('what is no duration is refused with what to write', async () => {
    await using server = await start()
    const { status, text } = await server.get('/probe?target=a&max_age=30')
    assert.is(status, 400)
    assert.is(text, 'max_age: duration "30" has no unit; add one, as in "30s"\n')
  })
})
