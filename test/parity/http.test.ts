/**
 * One blackbox.yml, one list of targets, one scrape configuration: the real Prometheus scrapes the real
 * blackbox_exporter and Sonde with it, and what it stored is compared, series by series.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert } from '../harness.ts'
import { describeWithPrograms, eventually, findProgram, freePort, startProgram } from '../programs.ts'
import { compare, expectExplained, type Finding } from './comparison.ts'
import { readDifferences } from './differences.ts'
import type { Answer } from './exposition.ts'
import { startHttpServers } from './http-servers.ts'
import { identityIn, prometheusConfig, querySeries, type Series } from './prometheus.ts'
import { type Both, fillIn, makeFolder, startBoth, type World, writeModules } from './side-by-side.ts'

/** [module, target]; `localhost:{https}` stands for the authority of the server of that name. */
const PAIRS: readonly (readonly [module: string, target: string, hostname?: string])[] = [
  ['http_2xx', 'http://localhost:{http}/ok'],
  ['http_2xx', 'localhost:{http}/ok'],
  ['http_2xx', 'HTTP://localhost:{http}/ok?a=b%20c&d=e+f#fragment'],
  ['http_2xx', 'http://localhost:{http}/chunked'],
  ['http_2xx', 'http://localhost:{http}/empty'],
  ['http_2xx', 'http://localhost:{http}/missing'],
  ['http_2xx', 'http://localhost:{http}/error'],
  ['http_2xx', 'http://localhost:{http}/modified'],
  ['http_2xx', 'http://localhost:{http}/moved'],
  ['http_2xx', 'http://localhost:{http}/moved-twice'],
  ['http_2xx', 'http://localhost:{http}/loop'],
  ['http_2xx', 'http://localhost:{http}/loop-with-body'],
  ['http_no_redirects', 'http://localhost:{http}/loop-with-body'],
  ['http_2xx', 'http://localhost:{refused}/'],
  ['http_2xx', 'http://localhost:{silent}/'],
  ['http_2xx', 'http://localhost:{resets}/'],
  ['http_2xx', 'http://localhost:{garbage}/'],
  ['http_2xx', 'http://localhost:{https}/ok'],
  ['http_2xx', 'http://localhost:{http}/slow-body'],
  ['http_2xx', 'http://localhost:{http}/cut-short'],
  ['http_2xx', 'http://nothing.invalid/'],
  ['http_2xx', 'http://prober:s3cret@localhost:{http}/private'],
  ['http_2xx', 'https://localhost:{https}/ok'],
  ['http_2xx', 'https://localhost:{http}/ok'],
  ['http_defaults', 'http://localhost:{http}/ok'],
  ['http_no_timeout_of_its_own', 'http://localhost:{http}/ok'],
  ['http_ip6_only', 'http://localhost:{http}/ok'],
  ['http_404_wanted', 'http://localhost:{http}/missing'],
  ['http_404_wanted', 'http://localhost:{http}/ok'],
  ['http_1_0_wanted', 'http://localhost:{http}/ok'],
  ['http_post', 'http://localhost:{http}/echo-body'],
  ['http_post', 'http://localhost:{http}/echo'],
  ['http_body_file', 'http://localhost:{http}/echo-body'],
  ['http_head', 'http://localhost:{http}/ok'],
  ['http_no_redirects', 'http://localhost:{http}/moved'],
  ['http_body_regexp', 'http://localhost:{http}/ok'],
  ['http_body_regexp_fails', 'http://localhost:{http}/ok'],
  ['http_body_regexp_fails', 'http://localhost:{http}/cut-short'],
  ['http_body_not_regexp_fails', 'http://localhost:{http}/ok'],
  ['http_header_matches', 'http://localhost:{http}/ok'],
  ['http_header_matches', 'http://localhost:{http}/chunked'],
  ['http_header_missing', 'http://localhost:{http}/ok'],
  ['http_header_missing_allowed', 'http://localhost:{http}/ok'],
  ['http_header_any_value', 'http://localhost:{http}/two-values'],
  ['http_cel', 'http://localhost:{http}/json'],
  ['http_cel', 'http://localhost:{http}/ok'],
  ['http_cel_fails', 'http://localhost:{http}/json'],
  ['http_cel_missing_key', 'http://localhost:{http}/json'],
  ['http_gzip', 'http://localhost:{http}/gzip'],
  ['http_gzip', 'http://localhost:{http}/ok'],
  ['http_br', 'http://localhost:{http}/br'],
  ['http_deflate', 'http://localhost:{http}/deflate'],
  ['http_size_limit', 'http://localhost:{http}/ok'],
  ['http_size_limit_wide', 'http://localhost:{http}/chunked'],
  ['http_fail_if_ssl', 'https://localhost:{https}/ok'],
  ['http_fail_if_ssl', 'http://localhost:{http}/ok'],
  ['http_fail_if_not_ssl', 'http://localhost:{http}/ok'],
  ['http_basic', 'http://localhost:{http}/private'],
  ['http_2xx', 'http://localhost:{http}/agent'],
  ['http_2xx', 'http://localhost:{http}/path/a%2Fb/h+i/100%25?q=a%26b%3Dc+d'],
  ['http_bearer', 'http://localhost:{http}/echo'],
  ['http_host_header', 'http://localhost:{http}/echo'],
  ['http_host_header', 'https://localhost:{https}/echo'],
  ['http_secret_headers', 'http://localhost:{http}/echo'],
  ['https', 'https://localhost:{https}/ok'],
  ['https', 'https://localhost:{https}/moved'],
  ['https', 'https://localhost:{https}/chunked'],
  ['https', 'https://localhost:{h2}/ok'],
  ['https', 'https://localhost:{expired}/ok'],
  ['https', 'https://localhost:{wrongName}/ok'],
  ['https', 'https://localhost:{selfSigned}/ok'],
  ['https', 'https://localhost:{clientCert}/ok'],
  ['https', 'https://localhost:{silent}/'],
  ['https', 'https://localhost:{resets}/'],
  ['https', 'https://localhost:{garbage}/'],
  ['https_1_1', 'https://localhost:{https}/ok'],
  ['https_1_1', 'https://localhost:{h2}/ok'],
  ['https_tls12', 'https://localhost:{https}/ok'],
  ['https_unverified', 'https://localhost:{https}/ok'],
  ['https_unverified', 'https://localhost:{expired}/ok'],
  ['https_unverified', 'https://localhost:{wrongName}/ok'],
  ['https_server_name', 'https://localhost:{wrongName}/ok'],
  ['https_client_cert', 'https://localhost:{clientCert}/ok'],
  ['https', 'https://127.0.0.1:{https}/ok'],
  ['https', 'https://localhost:{h2}/chunked'],
  ['https', 'https://localhost:{h2}/moved'],
  ['https', 'https://localhost:{h2}/missing'],
  ['https', 'https://localhost:{h2}/empty'],
  ['https', 'https://localhost:{h2Tls12}/ok'],
  ['https', 'https://localhost:{tls13}/ok'],
  ['https', 'https://localhost:{tls12}/ok'],
  ['https', 'https://localhost:{chacha}/ok'],
  ['https', 'https://localhost:{tls11}/ok'],
  ['https', 'https://localhost:{longChain}/ok'],
  ['https', 'https://localhost:{leafOnly}/ok'],
  ['https', 'https://localhost:{early}/ok'],
  ['https_min_13', 'https://localhost:{tls13}/ok'],
  ['https_min_13', 'https://localhost:{tls12}/ok'],
  ['https_min_10', 'https://localhost:{tls11}/ok'],
  ['https_max_13', 'https://localhost:{https}/ok'],
  ['https_max_13', 'https://localhost:{tls12}/ok'],
  ['https_tls12', 'https://localhost:{tls13}/ok'],
  ['https_2_wanted', 'https://localhost:{h2}/ok'],
  ['https_2_wanted', 'https://localhost:{https}/ok'],
  ['https_2_never', 'https://localhost:{h2}/ok'],
  ['https_post', 'https://localhost:{h2}/echo-body'],
  ['https_unverified', 'https://localhost:{longChain}/ok'],
  ['https_unverified', 'https://localhost:{leafOnly}/ok'],
  ['https_hostname', 'https://localhost:{https}/echo', 'parity.example'],
  ['https_hostname', 'https://127.0.0.1:{wrongName}/echo', 'parity.example'],
  ['http_hostname', 'http://127.0.0.1:{http}/echo', 'parity.example'],
]

async function startPrometheus(folder: string, { sonde, blackbox }: Both, { names }: World) {
  const pairs = PAIRS.map(([module, target, hostname]) => ({ module, target: fillIn(target, names), hostname }))
  await writeFile(join(folder, 'prometheus.yml'), prometheusConfig({ sonde, blackbox }, pairs))
  const port = await freePort()
  const program = await startProgram(
    findProgram('prometheus') ?? '',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { ready: /Server is ready to receive web requests/ },
  )
  return {
    query: (expression: string) => querySeries(port, expression),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

async function untilAllScraped(query: (expression: string) => Promise<readonly Series[]>, both: Both): Promise<void> {
  const scrapes = 2 * PAIRS.length
  const look = async () => ((await query('up == 1')).length === scrapes ? true : undefined)
  await eventually(look, `all ${scrapes} scrapes succeed`, 60_000).catch(async (error) => {
    const down = (await query('up == 0')).map(({ metric }) => `${metric.job} ${metric.module} ${metric.instance}`)
    throw new Error(`${error.message}; down: ${down.join('; ')}\n${both.lastWords()}`)
  })
}

/** What one prober answered about one target, as Prometheus stored it: without types and helps. */
function answerOf(series: readonly Series[], module: string, instance: string): Answer {
  const own = series.filter(({ metric }) => metric.module === module && metric.instance === instance)
  const values = new Map(own.map((one) => [identityIn(one), Number(one.value[1])]))
  return { status: 200, values, types: new Map(), helps: new Map() }
}

describeWithPrograms('http beside blackbox_exporter', ['prometheus', 'blackbox_exporter'], (test) => {
  test(`${PAIRS.length} module/target pairs, scraped by Prometheus, give the same series and values, but for the listed differences`, async () => {
    await using folder = await makeFolder()
    await using world = await startHttpServers(folder.path)
    await writeModules('http.yml', folder.path, world)
    await using both = await startBoth(folder.path)
    await using prometheus = await startPrometheus(folder.path, both, world)
    await untilAllScraped(prometheus.query, both)
    const sonde = await prometheus.query('{__name__=~"probe_.*|prober_.*",job="sonde"}')
    const blackbox = await prometheus.query('{__name__=~"probe_.*|prober_.*",job="blackbox"}')
    assert.ok(blackbox.length > 10 * PAIRS.length, `blackbox_exporter gave only ${blackbox.length} series`)
    const found = PAIRS.flatMap(([module, target]): Finding[] => {
      const instance = fillIn(target, world.names)
      const differ = compare(answerOf(sonde, module, instance), answerOf(blackbox, module, instance))
      return differ.map((finding) => ({ module, target, ...finding }))
    })
    expectExplained(found, await readDifferences('http'))
  })
})
