/** The real Prometheus stores the trace ids that stand beside buckets in OpenMetrics. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { stringify } from 'yaml'
import { assert } from '../harness.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, eventually, findProgram, freePort, startProgram } from '../programs.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { startSonde } from '../servers/sonde.ts'

async function startScheduled(folder: string, address: string) {
  const configFile = join(folder, 'sonde.yml')
  const modules = { http_2xx: { prober: 'http', timeout: '1s', http: { trace: {} } } }
  await writeFile(configFile, stringify({ modules, targets: [{ name: 'good', address, interval: '1s' }] }))
  return await startSonde(configFile)
}

async function startPrometheus(folder: string, sondeUrl: string) {
  const scrape = { job_name: 'sonde', honor_labels: true, static_configs: [{ targets: [new URL(sondeUrl).host] }] }
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scrape] }
  await writeFile(join(folder, 'prometheus.yml'), stringify(config))
  const port = await freePort()
  const flags = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ]
  const program = await startProgram(findProgram('prometheus') ?? '', flags, { ready: /Server is ready/ })
  return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

interface Answer {
  readonly data: readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[]
}

async function exemplarsOf(port: number, series: string) {
  const now = Date.now() / 1000
  const query = new URLSearchParams({ query: series, start: String(now - 300), end: String(now + 60) })
  const { body } = await request(`http://127.0.0.1:${port}/api/v1/query_exemplars?${query}`)
  const { data } = (await body.json()) as Answer
  return data.flatMap(({ exemplars }) => exemplars)
}

describeWithPrograms('exemplars of scheduled targets', ['prometheus'], (test) => {
  test('are read by Prometheus, each with the id of a trace', async () => {
    await using folder = await makeFolder()
    await using server = await serveHttp(answer(200, 'ok'))
    await using sonde = await startScheduled(folder.path, server.url)
    await using prometheus = await startPrometheus(folder.path, sonde.urls[0] ?? '')
    const found = await eventually(async () => {
      const all = await exemplarsOf(prometheus.port, 'probe_run_duration_seconds_bucket{instance="good"}')
      return all.length > 1 ? all : undefined
    }, 'two exemplars')
    for (const { labels } of found) assert.match(String(labels.trace_id), /^[0-9a-f]{32}$/)
  })
})
