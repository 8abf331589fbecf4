/**
 * One blackbox.yml, one list of targets, one scrape configuration: the real Prometheus scrapes the real
 * blackbox_exporter and Sonde with it, and what it stored is compared, series by series.
 * Whatever differs must stand in DIFFERENCES, and each difference in docs/compatibility.md.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '../harness.ts'
import { describeWithPrograms, eventually, findProgram, freePort, startProgram } from '../programs.ts'
import { DIFFERENCES, type Difference } from './differences.ts'
import { type ParityServers, startParityServers } from './http-servers.ts'
import { prometheusConfig, querySeries, type Series } from './prometheus.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** [module, target]; `{https}` stands for the authority of the server of that name. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['http_2xx', 'http://{http}/ok'],
  ['http_2xx', '{http}/ok'],
  ['http_2xx', 'HTTP://{http}/ok?a=b%20c&d=e+f#fragment'],
  ['http_2xx', 'http://{http}/chunked'],
  ['http_2xx', 'http://{http}/empty'],
  ['http_2xx', 'http://{http}/missing'],
  ['http_2xx', 'http://{http}/error'],
  ['http_2xx', 'http://{http}/modified'],
  ['http_2xx', 'http://{http}/moved'],
  ['http_2xx', 'http://{http}/moved-twice'],
  ['http_2xx', 'http://{http}/loop'],
  ['http_2xx', 'http://{refused}/'],
  ['http_2xx', 'http://{silent}/'],
  ['http_2xx', 'http://{resets}/'],
  ['http_2xx', 'http://{garbage}/'],
  ['http_2xx', 'http://{https}/ok'],
  ['http_2xx', 'http://{http}/slow-body'],
  ['http_2xx', 'http://{http}/cut-short'],
  ['http_2xx', 'http://nothing.invalid/'],
  ['http_2xx', 'http://prober:s3cret@{http}/private'],
  ['http_2xx', 'https://{https}/ok'],
  ['http_2xx', 'https://{http}/ok'],
  ['http_defaults', 'http://{http}/ok'],
  ['http_no_timeout_of_its_own', 'http://{http}/ok'],
  ['http_ip6_only', 'http://{http}/ok'],
  ['http_404_wanted', 'http://{http}/missing'],
  ['http_404_wanted', 'http://{http}/ok'],
  ['http_1_0_wanted', 'http://{http}/ok'],
  ['http_post', 'http://{http}/echo-body'],
  ['http_post', 'http://{http}/echo'],
  ['http_body_file', 'http://{http}/echo-body'],
  ['http_head', 'http://{http}/ok'],
  ['http_no_redirects', 'http://{http}/moved'],
  ['http_body_regexp', 'http://{http}/ok'],
  ['http_body_regexp_fails', 'http://{http}/ok'],
  ['http_body_regexp_fails', 'http://{http}/cut-short'],
  ['http_body_not_regexp_fails', 'http://{http}/ok'],
  ['http_header_matches', 'http://{http}/ok'],
  ['http_header_matches', 'http://{http}/chunked'],
  ['http_header_missing', 'http://{http}/ok'],
  ['http_header_missing_allowed', 'http://{http}/ok'],
  ['http_header_any_value', 'http://{http}/two-values'],
  ['http_cel', 'http://{http}/json'],
  ['http_cel', 'http://{http}/ok'],
  ['http_cel_fails', 'http://{http}/json'],
  ['http_cel_missing_key', 'http://{http}/json'],
  ['http_gzip', 'http://{http}/gzip'],
  ['http_gzip', 'http://{http}/ok'],
  ['http_br', 'http://{http}/br'],
  ['http_deflate', 'http://{http}/deflate'],
  ['http_size_limit', 'http://{http}/ok'],
  ['http_size_limit_wide', 'http://{http}/chunked'],
  ['http_fail_if_ssl', 'https://{https}/ok'],
  ['http_fail_if_ssl', 'http://{http}/ok'],
  ['http_fail_if_not_ssl', 'http://{http}/ok'],
  ['http_basic', 'http://{http}/private'],
  ['http_2xx', 'http://{http}/agent'],
  ['http_2xx', 'http://{http}/path/a%2Fb/h+i/100%25?q=a%26b%3Dc+d'],
  ['http_bearer', 'http://{http}/echo'],
  ['http_host_header', 'http://{http}/echo'],
  ['http_host_header', 'https://{https}/echo'],
  ['http_secret_headers', 'http://{http}/echo'],
  ['https', 'https://{https}/ok'],
  ['https', 'https://{https}/moved'],
  ['https', 'https://{https}/chunked'],
  ['https', 'https://{h2}/ok'],
  ['https', 'https://{expired}/ok'],
  ['https', 'https://{wrongName}/ok'],
  ['https', 'https://{selfSigned}/ok'],
  ['https', 'https://{clientCert}/ok'],
  ['https', 'https://{silent}/'],
  ['https', 'https://{resets}/'],
  ['https', 'https://{garbage}/'],
  ['https_1_1', 'https://{https}/ok'],
  ['https_1_1', 'https://{h2}/ok'],
  ['https_tls12', 'https://{https}/ok'],
  ['https_unverified', 'https://{https}/ok'],
  ['https_unverified', 'https://{expired}/ok'],
  ['https_unverified', 'https://{wrongName}/ok'],
  ['https_server_name', 'https://{wrongName}/ok'],
  ['https_client_cert', 'https://{clientCert}/ok'],
]

/** Gauges that depend on what was probed and not on how long it took: their values must agree, too. */
const COMPARED_VALUES =
  /^probe_(success|failed_due_to_\w+|http_(status_code|content_length|uncompressed_body_length|redirects|ssl|version|last_modified\w+)|ip_protocol|ip_addr_hash|ssl_\w+|tls_\w+)$/

interface Found {
  readonly module: string
  readonly instance: string
  readonly what: string
}

async function prepareFolder(servers: ParityServers): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-parity-'))
  await copyFile(join(ROOT, 'test/fixtures/parity/http.yml'), join(folder, 'blackbox.yml'))
  const modules = await readFile(join(folder, 'blackbox.yml'), 'utf8')
  await writeFile(join(folder, 'blackbox.yml'), modules.replaceAll('BODY_FILE', join(folder, 'body.txt')))
  await writeFile(join(folder, 'ca.pem'), servers.caPem)
  await writeFile(join(folder, 'client.pem'), servers.clientIdentity.certPem)
  await writeFile(join(folder, 'client.key'), servers.clientIdentity.keyPem)
  await writeFile(join(folder, 'body.txt'), 'from a file')
  await writeFile(join(folder, 'password.txt'), 's3cret\n')
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

function pairsOn(servers: ParityServers): readonly (readonly [string, string])[] {
  return PAIRS.map(([module, target]) => [
    module,
    target.replace(/\{(\w+)\}/, (_, name: keyof ParityServers['ports']) => `localhost:${servers.ports[name]}`),
  ])
}

/** Name and all labels but those that Prometheus added. */
function identity({ metric }: Series): string {
  const { __name__: name, job: _job, instance: _instance, module: _module, ...labels } = metric
  return `${name}${JSON.stringify(Object.fromEntries(Object.entries(labels).sort()))}`
}

function compare(ours: readonly Series[], theirs: readonly Series[], module: string, instance: string): Found[] {
  const of = (all: readonly Series[]) =>
    new Map(
      all
        .filter(({ metric }) => metric.module === module && metric.instance === instance)
        .map((one) => [identity(one), one]),
    )
  const [sonde, blackbox] = [of(ours), of(theirs)]
  const found: Found[] = []
  for (const [id, one] of sonde) {
    const other = blackbox.get(id)
    if (other === undefined) found.push({ module, instance, what: `only sonde: ${id}` })
    else if (COMPARED_VALUES.test(one.metric.__name__ ?? '') && one.value[1] !== other.value[1])
      found.push({ module, instance, what: `value: ${id} sonde ${one.value[1]}, blackbox ${other.value[1]}` })
  }
  for (const id of blackbox.keys()) if (!sonde.has(id)) found.push({ module, instance, what: `only blackbox: ${id}` })
  return found
}

const explains = (difference: Difference, { what, module, instance }: Found) =>
  difference.what.test(what) && (difference.where?.test(`${module} ${instance}`) ?? true)

describeWithPrograms('scraped by Prometheus beside blackbox_exporter', ['prometheus', 'blackbox_exporter'], (test) => {
  test(`${PAIRS.length} module/target pairs give the same series and values, but for the listed differences`, async () => {
    await using servers = await startParityServers()
    await using work = await prepareFolder(servers)
    const pairs = pairsOn(servers)
    const [blackboxPort, prometheusPort] = [await freePort(), await freePort()]
    const config = `--config.file=${join(work.folder, 'blackbox.yml')}`
    await using _blackbox = await startProgram(
      findProgram('blackbox_exporter') ?? '',
      [config, `--web.listen-address=127.0.0.1:${blackboxPort}`],
      { cwd: work.folder, ready: /Listening on/ },
    )
    await using sonde = await startProgram(
      process.execPath,
      [join(ROOT, 'cli/sonde.js'), config, '--web.listen-address=127.0.0.1:0'],
      { cwd: work.folder, ready: /127\.0\.0\.1:\d+/ },
    )
    const sondePort = /127\.0\.0\.1:([1-9]\d*)/.exec(sonde.output())?.[1] ?? ''
    await writeFile(
      join(work.folder, 'prometheus.yml'),
      prometheusConfig({ sonde: `127.0.0.1:${sondePort}`, blackbox: `127.0.0.1:${blackboxPort}` }, pairs),
    )
    await using _prometheus = await startProgram(
      findProgram('prometheus') ?? '',
      [
        `--config.file=${join(work.folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(work.folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
      ],
      { ready: /Server is ready to receive web requests/ },
    )
    const query = (expression: string) => querySeries(prometheusPort, expression)
    await eventually(
      async () => ((await query('up == 1')).length === 2 * pairs.length ? true : undefined),
      `all ${2 * pairs.length} scrapes succeed`,
      60_000,
    ).catch(async (error) => {
      const down = await query('up == 0')
      throw new Error(
        `${error.message}; down: ${down.map(({ metric }) => `${metric.job} ${metric.module} ${metric.instance}`).join('; ')}\n${sonde.output().slice(-2000)}`,
      )
    })
    const [ours, theirs] = [
      await query('{__name__=~"probe_.*",job="sonde"}'),
      await query('{__name__=~"probe_.*",job="blackbox"}'),
    ]
    assert.ok(theirs.length > 20 * pairs.length * 0.5, `blackbox_exporter gave only ${theirs.length} series`)
    const found = pairs.flatMap(([module, instance]) => compare(ours, theirs, module, instance))
    const unexplained = found.filter((one) => !DIFFERENCES.some((difference) => explains(difference, one)))
    const lines = unexplained.map(({ module, instance, what }) => `${module} ${instance}: ${what}`)
    if (lines.length > 0) throw new Error(`${lines.length} differences that are not listed:\n${lines.join('\n')}`)
    const stale = DIFFERENCES.filter((difference) => !found.some((one) => explains(difference, one)))
    assert.equal(
      stale.map(({ id }) => id),
      [],
      'listed, but not seen',
    )
  })

  test('every listed difference stands in docs/compatibility.md', async () => {
    const document = await readFile(join(ROOT, 'docs/compatibility.md'), 'utf8')
    assert.equal(
      DIFFERENCES.map(({ id }) => id).filter((id) => !document.includes(`\`${id}\``)),
      [],
    )
  })
})
