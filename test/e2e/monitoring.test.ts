/** From sonde.yml to a person's pager: the real Prometheus and Alertmanager on generated files, and things that break. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { generate } from '../../cli/generate.ts'
import { startProber } from '../../cli/prober.ts'
import { ruleGroups } from '../../monitoring/rules.ts'
import { loadConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { querySeries } from '../parity/prometheus.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, eventually, freePort } from '../programs.ts'
import { type Breakable, startBreakable } from './breakable.ts'
import { type Notification, startAlertmanager, startPrometheus, startWebhook } from './prometheus-programs.ts'

/** A result of a killed prober must outlive the time that its own alert takes, also on a busy machine. */
const KEEP_FIRING = '15s'

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
  { alertname: 'SyntheticPathHopFailing', labels: { path: 'way', hop: 'pod' }, says: 'the hop pod is to blame' },
]
const SLOW: Expected = { alertname: 'SyntheticProbeSlow', labels: { instance: 'slow' }, says: 'of its timeout' }
const DOWN: Expected = {
  alertname: 'SyntheticProberDown',
  labels: { job: 'sonde', severity: 'critical' },
  says: 'No prober',
}

function failing(instance: string, says: string): Expected {
  return { alertname: 'SyntheticProbeFailing', labels: { instance, severity: 'critical' }, says }
}

function isNotified({ alertname, labels, says }: Expected, status: string, sent: readonly Notification[]): boolean {
  return sent.some(
    (notification) =>
      notification.status === status &&
      notification.labels.alertname === alertname &&
      Object.entries(labels).every(([name, value]) => notification.labels[name] === value) &&
      (notification.annotations.description ?? '').includes(says),
  )
}

/** All of them, or an error that names those that did not come. */
async function untilNotified(expected: readonly Expected[], status: string, sent: () => readonly Notification[]) {
  let missing = expected
  const look = async () => {
    missing = expected.filter((one) => !isNotified(one, status, sent()))
    return missing.length === 0 ? true : undefined
  }
  try {
    await eventually(look, status, 60_000)
  } catch {
    throw new Error(`not ${status}: ${JSON.stringify(missing)}\nbut: ${JSON.stringify(sent(), null, 1)}`)
  }
}

/** Writes the configuration, the generated files, and what only the one who installs them knows: where alerts go. */
async function writeFiles(
  folder: string,
  breakable: Breakable,
  ports: { sonde: number; alertmanager: number },
  { webhook = 'http://127.0.0.1:1', mode = 'scheduled' } = {},
) {
  const configFile = join(folder, 'sonde.yml')
  const monitoring = {
    mode,
    prober_url: `http://127.0.0.1:${ports.sonde}`,
    scrape_interval: '1s',
    alertmanagers: [`127.0.0.1:${ports.alertmanager}`],
    alerts: { for: '2s', keep_firing_for: KEEP_FIRING },
  }
  const slo = [{ name: 'web', labels: { team: 'web' } }]
  await writeFile(join(folder, 'authority.pem'), breakable.authorityPem)
  await writeFile(configFile, stringify({ ...breakable.config, slo, monitoring }))
  const said: string[] = []
  const out = join(folder, 'generated')
  const args = ['--config', configFile, '--out', out, '--format', 'plain']
  assert.is(await generate(args, { say: (line) => said.push(line) }), 0, said.join('\n'))
  const file = join(out, 'alertmanager.yml')
  const alertmanager = parse(await readFile(file, 'utf8')) as { route: object; receivers: readonly object[] }
  const route = { ...alertmanager.route, group_wait: '0s', group_interval: '1s' }
  const receivers = [{ name: 'default', webhook_configs: [{ url: webhook, send_resolved: true }] }]
  await writeFile(file, stringify({ ...alertmanager, route, receivers }))
  return { configFile, out }
}

async function startSonde(configFile: string, port: number) {
  const started = await startProber({
    configFile,
    listenAddresses: [`127.0.0.1:${port}`],
    timeoutOffsetSeconds: 0.5,
    historyLimit: 10,
    environment: {},
  })
  if (!started.ok) throw new Error(started.messages.join('\n'))
  return started.prober
}

/** Each record has a series: its question is one that Prometheus can answer. */
async function checkRecords(configFile: string, port: number): Promise<void> {
  const loaded = await loadConfig(configFile)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const records = ruleGroups(loaded.config).flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []))
  for (const record of new Set(records)) {
    await eventually(async () => ((await querySeries(port, record)).length > 0 ? true : undefined), record)
  }
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
  test('what breaks is told with reason and blame, what is mended is resolved, and a dead prober hides nothing', async () => {
    await using folder = await makeFolder()
    await using breakable = await startBreakable(join(folder.path, 'authority.pem'))
    await using webhook = await startWebhook()
    const ports = { sonde: await freePort(), alertmanager: await freePort() }
    const { configFile, out } = await writeFiles(folder.path, breakable, ports, { webhook: webhook.url })
    await using alertmanager = await startAlertmanager(folder.path, join(out, 'alertmanager.yml'), ports.alertmanager)
    assert.is(alertmanager.port, ports.alertmanager)
    await using sonde = await startSonde(configFile, ports.sonde)
    await using prometheus = await startPrometheus(folder.path, join(out, 'prometheus.yml'))
    const up = 'count(probe_success{job="sonde"} == 1) == 8'
    await eventually(async () => (await querySeries(prometheus.port, up))[0], up)
    await breakable.break()
    await untilNotified(BROKEN, 'firing', () => webhook.notifications)
    await breakable.mend()
    await checkRecords(configFile, prometheus.port)
    await untilNotified(BROKEN, 'resolved', () => webhook.notifications)
    await untilNotified([SLOW], 'firing', () => webhook.notifications)
    const before = webhook.notifications.length
    const since = () => webhook.notifications.slice(before)
    await breakable.break()
    await untilNotified(BROKEN.slice(0, 1), 'firing', since)
    await sonde[Symbol.asyncDispose]()
    await untilNotified([DOWN], 'firing', since)
    assert.is(isNotified(failing('status', ''), 'resolved', since()), false, 'the target is as broken as it was')
  })
  for (const mode of ['pull', 'http_sd']) {
    test(`${mode}: Prometheus’ questions are answered from the schedule, and nothing is there twice`, async () => {
      await using folder = await makeFolder()
      await using breakable = await startBreakable(join(folder.path, 'authority.pem'))
      const ports = { sonde: await freePort(), alertmanager: await freePort() }
      const { configFile, out } = await writeFiles(folder.path, breakable, ports, { mode })
      await using _sonde = await startSonde(configFile, ports.sonde)
      await using prometheus = await startPrometheus(folder.path, join(out, 'prometheus.yml'))
      for (const [query, count] of PULLED) {
        const look = async () => ((await querySeries(prometheus.port, query)).length === count ? true : undefined)
        await eventually(look, `${count} series of ${query}`)
      }
      assert.equal(await querySeries(prometheus.port, 'count by (instance) (probe_success) > 1'), [])
    })
  }
})
