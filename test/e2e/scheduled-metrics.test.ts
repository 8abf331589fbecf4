/** What the real Prometheus makes of /metrics: it asks for OpenMetrics, the stricter of the two formats. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { assert } from '../harness.ts'
import { querySeries } from '../parity/prometheus.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, eventually } from '../programs.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { startSonde } from '../servers/sonde.ts'
import { startPrometheus } from './prometheus-programs.ts'

async function startScheduled(folder: string, target: string) {
  const configFile = join(folder, 'sonde.yml')
  const modules = { http_2xx: { prober: 'http', timeout: '1s' } }
  const targets = [
    { name: 'good', address: target, interval: '1s', labels: { team: 'web' } },
    { name: 'bad', address: 'http://127.0.0.1:1/', interval: '1s' },
  ]
  await writeFile(configFile, stringify({ modules, targets }))
  return await startSonde(configFile)
}

async function writePrometheusConfig(folder: string, sondeUrl: string): Promise<string> {
  const scrape = {
    job_name: 'sonde',
    honor_labels: true,
    scrape_protocols: ['OpenMetricsText1.0.0'],
    static_configs: [{ targets: [new URL(sondeUrl).host] }],
  }
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scrape] }
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, stringify(config))
  return file
}

/** Each must give one series above 0. */
const QUERIES = [
  'up{job="sonde"}',
  'increase(probe_runs_total{instance="good",team="web"}[1m])',
  'increase(probe_failures_total{instance="bad",phase="connect",reason="connect_refused"}[1m])',
  'increase(probe_attempts_total{instance="bad"}[1m])',
  'histogram_quantile(0.9, rate(probe_run_duration_seconds_bucket{instance="good"}[1m]))',
  'histogram_quantile(0.9, rate(probe_run_phase_duration_seconds_bucket{instance="good",phase="processing"}[1m]))',
  'probe_result_age_seconds{instance="good"} + 1',
  'probe_first_attempt_success{instance="good"}',
]

describeWithPrograms('/metrics of scheduled targets', ['prometheus'], (test) => {
  test('Prometheus reads counters, histograms and ages, and reckons with them', async () => {
    await using folder = await makeFolder()
    await using server = await serveHttp(answer(200, 'ok'))
    await using sonde = await startScheduled(folder.path, server.url)
    const file = await writePrometheusConfig(folder.path, sonde.urls[0] ?? '')
    await using prometheus = await startPrometheus(folder.path, file)
    for (const query of QUERIES) {
      const values = await eventually(async () => {
        const found = (await querySeries(prometheus.port, query)).map(({ value: [, text] }) => Number(text))
        return found.some((value) => value > 0) ? found : undefined
      }, query)
      assert.is(values.length, 1, query)
    }
  })
})
