import { parseConfig } from '../../../prober/config/load.ts'
import { assert, describe } from '../../harness.ts'

const TRACED = 'modules: {web: {prober: http, http: {trace: {}}}}'

async function load(telemetry: string, modules = TRACED, environment = {}) {
  const loaded = await parseConfig(`${modules}\ntelemetry: ${telemetry}\n`, '/etc/sonde/sonde.yml', environment)
  if (!loaded.ok) throw new Error(loaded.errors.join())
  return loaded.config
}

describe('prober/config: telemetry', (test) => {
  test('sends traces alone by default, every minute and within ten seconds', async () => {
    const { otlp, warnings } = await load('{otlp: {endpoint: "http://c:4318/"}}')
    const { endpoint, traces, metrics, intervalSeconds, timeoutSeconds, compression } = otlp ?? {}
    assert.equal([endpoint, traces, metrics, intervalSeconds, timeoutSeconds], ['http://c:4318', true, false, 60, 10])
    assert.equal([compression, otlp?.headers, otlp?.resourceAttributes, warnings], ['gzip', [], {}, []])
  })

  test('waits no longer than the interval, and finds files beside its own', async () => {
    const { otlp } = await load('{otlp: {endpoint: "http://c", interval: 5s, headers: {A: {files: [token]}}}}')
    assert.is(otlp?.timeoutSeconds, 5)
    assert.equal(otlp?.headers, [{ name: 'A', values: [{ from: 'file', path: '/etc/sonde/token' }] }])
  })

  const off = `{otlp: {endpoint: "\${env:OTEL_EXPORTER_OTLP_ENDPOINT:-}"}}`
  for (const [title, telemetry, environment, endpoint] of [
    ['nothing', '{}', {}, undefined],
    ['a variable that is not set', off, {}, undefined],
    ['a variable that is set', off, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318'],
  ] as const) {
    test(`of ${title} sends to ${endpoint ?? 'nobody'}`, async () => {
      const { otlp, warnings } = await load(telemetry, TRACED, environment)
      assert.equal([otlp?.endpoint, warnings], [endpoint, []])
    })
  }

  test('says when there is nothing to send', async () => {
    const { warnings } = await load('{otlp: {endpoint: "http://c"}}', 'modules: {web: {prober: http}}')
    assert.is(warnings.length, 1)
    assert.match(
      String(warnings),
      /^\/etc\/sonde\/sonde\.yml:2:13: telemetry\.otlp: sends nothing, no module has a trace;/,
    )
  })
})
