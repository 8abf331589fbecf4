/** From sonde.yml to a person's pager: the real Prometheus and Alertmanager on generated files, and things that break. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { generate } from '../../cli/generate.ts'
import { ruleGroups } from '../../monitoring/rules.ts'
import { loadConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { querySeries } from '../parity/prometheus.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, eventually, freePort } from '../programs.ts'
import { startSonde } from '../servers/sonde.ts'
import { type Breakable, startBreakable } from './breakable.ts'
import { type Notification, startAlertmanager, startPrometheus, startWebhook } from './prometheus-programs.ts'

interface Expected {
  readonly alertname: string
  readonly labels: Readonly<Record<string, string>>
  readonly says: string
}

const BROKEN: readonly Expected[] = [
  failing('status', 'Reason: http_status, in the phase'),
  failing('body', 'Reason: body_regexp, in the phase'),
  failing('tls', 'Reason: tls_expired, in the phase tls'),
  failing('dns', 'Reason: dns_nxdomain, in the phase resolve'),
  failing('tcp', 'Reason: connect_refused, in the phase connect'),
  failing('way/edge', 'To blame: the hop pod of the path way, http_status'),
  { alertname: 'SyntheticProbeHTTPUnexpectedStatus', labels: { instance: 'status' }, says: 'It answered 503' },
  { alertname: 'SyntheticCertificateExpired', labels: { instance: 'tls', team: 'web' }, says: 'past its end' },
  { alertname: 'SyntheticProbeSlow', labels: { instance: 'slow', team: 'web' }, says: 'of its timeout' },
  { alertname: 'SyntheticPathHopFailing', labels: { path: 'way', hop: 'pod' }, says: 'the hop pod is to blame' },
]
const DOWN: Expected = {
  alertname: 'SyntheticProberDown',
  labels: { job: 'sonde', severity: 'critical' },
  says: 'No prober',
}

function failing(instance: string, says: string): Expected {
  return { alertname: 'SyntheticProbeFailing', labels: { instance, severity: 'critical' }, says }
}

type Status = Notification['status']

/** What it says is of interest while it fires: the last evaluation before the end may see half of the repair. */
function isNotified({ alertname, labels, says }: Expected, status: Status, sent: readonly Notification[]): boolean {
  return sent.some(
    (notification) =>
      notification.status === status &&
      notification.labels.alertname === alertname &&
      Object.entries(labels).every(([name, value]) => notification.labels[name] === value) &&
      (status === 'resolved' || (notification.annotations.description ?? '').includes(says)),
  )
}

/** Under what the runner gives a test, so that it can say what is missing. */
const LONGEST_WAIT_MS = 40_000

/** All of them, or an error that names those that did not come. */
async function untilNotified(expected: readonly Expected[], status: Status, sent: () => readonly Notification[]) {
  let missing = expected
  const look = async () => {
    missing = expected.filter((one) => !isNotified(one, status, sent()))
    return missing.length === 0 ? true : undefined
  }
  try {
    await eventually(look, status, LONGEST_WAIT_MS)
  } catch {
    throw new Error(`not ${status}: ${JSON.stringify(missing)}\nbut: ${JSON.stringify(sent(), null, 1)}`)
  }
}

interface Settings {
  readonly mode?: 'pull' | 'http_sd'
  readonly keepFiringFor?: string
}

interface Ports {
  readonly sonde: number
  readonly alertmanager: number
}

/** The configuration, and what is generated from it. */
async function writeFiles(folder: string, breakable: Breakable, ports: Ports, settings: Settings) {
  const { mode = 'scheduled', keepFiringFor = '1s' } = settings
  const configFile = join(folder, 'sonde.yml')
  const monitoring = {
    mode,
    prober_url: `http://127.0.0.1:${ports.sonde}`,
    scrape_interval: '1s',
    alertmanagers: [`127.0.0.1:${ports.alertmanager}`],
    alerts: { for: '2s', keep_firing_for: keepFiringFor, latency_window: '8s' },
  }
  const slo = [{ name: 'web', labels: { team: 'web' } }]
  await writeFile(join(folder, 'authority.pem'), breakable.authorityPem)
  await writeFile(configFile, stringify({ ...breakable.config, slo, monitoring }))
  const said: string[] = []
  const out = join(folder, 'generated')
  const args = ['--config', configFile, '--out', out, '--format', 'plain']
  assert.is(await generate(args, { say: (line) => said.push(line) }), 0, said.join('\n'))
  return { configFile, out }
}

/** Adds what only the one who installs it knows: whom to tell. */
async function tellWebhook(file: string, url: string): Promise<void> {
  const generated = parse(await readFile(file, 'utf8')) as { route: object }
  const route = { ...generated.route, group_wait: '0s', group_interval: '1s' }
  const receivers = [{ name: 'default', webhook_configs: [{ url, send_resolved: true }] }]
  await writeFile(file, stringify({ ...generated, route, receivers }))
}

/** Everything runs, and every target is reached. */
async function startStage(settings: Settings) {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await makeFolder())
  const breakable = stack.use(await startBreakable(join(folder.path, 'authority.pem')))
  const webhook = stack.use(await startWebhook())
  const ports = { sonde: await freePort(), alertmanager: await freePort() }
  const { configFile, out } = await writeFiles(folder.path, breakable, ports, settings)
  const alertmanagerFile = join(out, 'alertmanager.yml')
  await tellWebhook(alertmanagerFile, webhook.url)
  if (settings.mode === undefined) stack.use(await startAlertmanager(folder.path, alertmanagerFile, ports.alertmanager))
  const sonde = stack.use(await startSonde(configFile, { listenAddresses: [`127.0.0.1:${ports.sonde}`] }))
  const prometheus = stack.use(await startPrometheus(folder.path, join(out, 'prometheus.yml')))
  const up = 'count(probe_success == 1) == 8'
  await eventually(async () => (await querySeries(prometheus.port, up))[0], up)
  const owned = stack.move()
  return {
    breakable,
    sonde,
    configFile,
    prometheusPort: prometheus.port,
    notifications: () => webhook.notifications,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function recordsOf(configFile: string): Promise<ReadonlySet<string>> {
  const loaded = await loadConfig(configFile)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return new Set(ruleGroups(loaded.config).flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? [])))
}

/** How many series each gives: six targets, and a path whose hops are told on `/metrics` alone. */
const PULLED = [
  ['probe_success{job="sonde",team="web"} == 1', 6],
  ['probe_result_age_seconds{job="sonde"} > 0', 6],
  ['up{job="sonde"} == 1', 6],
  ['probe_success{job="sonde-prober",path="way"} == 1', 2],
  ['instance:probe_target_seen:bool == 1', 8],
  ['probe_path_success{job="sonde-prober",path="way"} == 1', 1],
  ['up{job="sonde-prober"} == 1', 1],
] as const

describeWithPrograms('monitoring, end to end', ['prometheus', 'alertmanager'], (test) => {
  test('what breaks is told with reason and blame, and resolved once it is mended', async () => {
    await using stage = await startStage({})
    await stage.breakable.break()
    await untilNotified(BROKEN, 'firing', stage.notifications)
    await stage.breakable.mend()
    await untilNotified(BROKEN, 'resolved', stage.notifications)
  })

  test('a dead prober is told, and what it saw last does not look mended', async () => {
    // Longer than the prober's own alert takes, also on a busy machine.
    await using stage = await startStage({ keepFiringFor: '40s' })
    await stage.breakable.break()
    await untilNotified(BROKEN.slice(0, 1), 'firing', stage.notifications)
    await stage.sonde[Symbol.asyncDispose]()
    await untilNotified([DOWN], 'firing', stage.notifications)
    assert.is(isNotified(failing('status', ''), 'resolved', stage.notifications()), false)
  })

  for (const mode of ['pull', 'http_sd'] as const) {
    test(`${mode}: Prometheus’ questions are answered from the schedule, every record has a series, and nothing is there twice`, async () => {
      await using stage = await startStage({ mode })
      const ask = (query: string) => querySeries(stage.prometheusPort, query)
      for (const [query, count] of PULLED) {
        const look = async () => ((await ask(query)).length === count ? true : undefined)
        await eventually(look, `${count} series of ${query}`)
      }
      for (const record of await recordsOf(stage.configFile)) {
        await eventually(async () => ((await ask(record)).length > 0 ? true : undefined), record)
      }
      assert.equal(await ask('count by (instance) (probe_success) > 1'), [])
    })
  }
})
