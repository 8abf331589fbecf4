/** `monitoring:`: what `sonde generate` has to know of the Prometheus that it writes for. */
import { z } from 'zod'
import { ALERT_NAMES, type AlertName } from './alert-names.ts'
import { integer, length, optional, parsedText, type Report, required, rules, withDefault } from './field.ts'
import { entriesOf } from './headers.ts'
import { parseProberAddress, type ProberAddress } from './prober-address.ts'
import { promSeconds } from './prom-duration.ts'

export const MONITORING_MODES = ['scheduled', 'pull', 'http_sd'] as const
/** `scheduled`: Sonde probes, Prometheus reads `/metrics`. `pull`: Prometheus asks `/probe`; `http_sd`: of what `/targets` lists. */
export type MonitoringMode = (typeof MONITORING_MODES)[number]

export interface VantagePoint {
  /** Value of the label `vantage`; undefined where there is one prober and no such label. */
  readonly name?: string
  readonly prober: ProberAddress
}

/** Hosts of Ingresses that Prometheus itself discovers. */
export interface IngressSource {
  readonly name: string
  readonly module: string
  readonly labels: Readonly<Record<string, string>>
  /** Empty: of every namespace. */
  readonly namespaces: readonly string[]
  readonly intervalSeconds: number
}

/** A Service whose own metrics are scraped. */
export interface ScrapedService {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Name of the Service's port, not its number. */
  readonly port: string
}

export interface AlertSettings {
  /** How long something is wrong before an alert fires. */
  readonly pendingSeconds: number
  readonly keepFiringSeconds: number
  /** What SyntheticProbeSlow averages over. */
  readonly latencyWindowSeconds: number
  readonly disabled: readonly AlertName[]
}

export interface Monitoring {
  readonly mode: MonitoringMode
  readonly name: string
  readonly job: string
  readonly namespace: string | undefined
  /** Of every object. */
  readonly labels: Readonly<Record<string, string>>
  readonly vantagePoints: readonly VantagePoint[]
  /** From 0 to 1: so many of the observers must see a failure before somebody is called. */
  readonly quorum: number
  readonly scrapeIntervalSeconds: number
  readonly scrapeTimeoutSeconds: number | undefined
  readonly retentionSeconds: number
  readonly prometheusShards: number
  readonly runbookUrl: string
  /** `host:port` each. */
  readonly alertmanagers: readonly string[]
  readonly alerts: AlertSettings
  readonly prober: ScrapedService
  readonly services: readonly ScrapedService[]
  readonly ingress: readonly IngressSource[]
}

/** RFC 1123, as Kubernetes wants the names of most objects. */
const OBJECT_NAME = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/
const objectName = z
  .string()
  .regex(OBJECT_NAME, 'is no name of Kubernetes; use small letters, digits and -, as in "sonde"')
const labelMap = z.record(z.string(), z.string())
const proberUrl = parsedText(parseProberAddress)

const vantagePointBlock = z
  .strictObject({
    name: required(
      z.string().min(1, length('is empty; write a name as in "eu-west"')),
      'Becomes the label `vantage`.',
      { examples: ['eu-west'] },
    ),
    prober_url: required(proberUrl, 'Where Prometheus finds this prober.', {
      examples: ['http://sonde.eu-west.example.org:9115'],
    }),
  })
  .meta({ id: 'vantage_point' })

const alertsBlock = z
  .strictObject({
    for: withDefault(
      promSeconds,
      '2m',
      'How long something must be wrong before an alert fires; two probes at least.',
      {
        examples: ['2m'],
      },
    ),
    keep_firing_for: withDefault(
      promSeconds,
      '5m',
      'How long an alert of a failing target stays when its series vanish, as they do when the prober dies, and after it was mended.',
      { examples: ['5m'] },
    ),
    latency_window: withDefault(
      promSeconds,
      '5m',
      'Over how long `SyntheticProbeSlow` averages: a shorter one tells of shorter spells, and ends sooner once it was mended.',
      { examples: ['5m'] },
    ),
    disabled: withDefault(z.array(z.enum(ALERT_NAMES)), [], 'Alerts that are not wanted.', {
      examples: [['SyntheticProbeFlapping']],
    }),
  })
  .meta({ id: 'alerts' })

const serviceBlock = (id: string, name: string, labels: Readonly<Record<string, string>>, port: string) =>
  z
    .strictObject({
      name: withDefault(objectName, name, 'Name of the ServiceMonitor.', { examples: [name] }),
      selector: withDefault(labelMap, { ...labels }, 'Labels of the Service.', { examples: [labels] }),
      port: withDefault(
        z.string().regex(/[a-z]/, 'is no name of a port; write the name that the Service gives it, as in "http"'),
        port,
        'Name of the Service’s port, not its number.',
        { examples: [port] },
      ),
    })
    .meta({ id })

const proberServiceBlock = serviceBlock('prober_service', 'sonde', { 'app.kubernetes.io/name': 'sonde' }, 'http')
const scrapedServiceBlock = serviceBlock('scraped_service', 'hello', { 'app.kubernetes.io/name': 'hello' }, 'http')

const ingressBlock = z
  .strictObject({
    name: required(objectName, 'Name of the Probe.', { examples: ['ingresses'] }),
    module: withDefault(z.string(), 'http_2xx', 'Name of one of the `modules`.', { examples: ['http_2xx'] }),
    selector: withDefault(labelMap, {}, 'Labels of the Ingresses; all of them when empty.', {
      examples: [{ probe: 'true' }],
    }),
    namespaces: withDefault(z.array(objectName), [], 'Only of these namespaces.', { examples: [['shop']] }),
    interval: withDefault(promSeconds, '30s', 'Time between two probes.', { examples: ['30s'] }),
  })
  .meta({ id: 'ingress' })

const share = z
  .number()
  .refine((value) => value > 0 && value <= 1, {
    error: ({ input }) => `${input} is out of range; write a number over 0 and up to 1, as in 0.5`,
  })
  .meta({ type: 'number', exclusiveMinimum: 0, maximum: 1 })

export const monitoringBlock = rules(
  z.strictObject({
    mode: withDefault(
      z.enum(MONITORING_MODES),
      'scheduled',
      '`scheduled`: Prometheus scrapes `/metrics`. `pull`: it asks `/probe` for each target. `http_sd`: the same for those that `/targets` lists.',
      { examples: ['scheduled'] },
    ),
    name: withDefault(objectName, 'sonde', 'Begins the names of all objects and groups.', { examples: ['sonde'] }),
    job: withDefault(
      z.string().min(1, length('is empty; write a name as in "sonde"')),
      'sonde',
      'The label `job` of the probes’ series; in `pull` and `http_sd` the prober’s own have `-prober` behind it.',
      { examples: ['sonde'] },
    ),
    namespace: optional(objectName, 'Of all objects. Without it, the one that they are applied in.', {
      examples: ['monitoring'],
    }),
    labels: withDefault(
      labelMap,
      {},
      'Of all objects. Prometheus takes only objects that its selectors match: kube-prometheus-stack wants `release: NAME`.',
      { examples: [{ release: 'kube-prometheus-stack' }] },
    ),
    prober_url: optional(
      proberUrl,
      'Where Prometheus finds the prober: `http://host:port`, or without the scheme. `sonde:9115` when not set.',
      { examples: ['http://sonde.monitoring.svc:9115'] },
    ),
    vantage_points: withDefault(
      z.array(vantagePointBlock),
      [],
      'Several probers that watch the same targets; instead of `prober_url`.',
    ),
    quorum: withDefault(
      share,
      0.5,
      'Share of the observers that must see a failure for a critical alert; with fewer it is a warning.',
      { examples: [0.5] },
    ),
    scrape_interval: withDefault(promSeconds, '30s', 'Between two scrapes of `/metrics`.', { examples: ['30s'] }),
    scrape_timeout: optional(
      promSeconds,
      'In `pull`, the time that a probe gets from Prometheus. Without it: the module’s timeout and half a second.',
      { examples: ['10s'] },
    ),
    retention: withDefault(
      promSeconds,
      '15d',
      'How long Prometheus keeps samples: its own default; kube-prometheus-stack’s is `10d`.',
      { examples: ['10d'] },
    ),
    prometheus_shards: withDefault(
      integer(1, 1000, 'write one from 1 to 1000'),
      1,
      'Shards of Prometheus. Rules run on each, a target lives on one: with several, nothing is said of missing targets.',
      { examples: [1] },
    ),
    runbook_url: withDefault(
      z.string().min(1, length('is empty; write where the runbook is, as in "https://wiki.example.org/sonde"')),
      'runbook.md',
      'Where you keep the runbook that `sonde generate` writes; `#` and the alert’s name in small letters follow.',
      { examples: ['https://wiki.example.org/sonde'] },
    ),
    alertmanagers: withDefault(
      z.array(
        z.string().regex(/^[^\s/:]+:\d+$|^\[[^\]\s]+\]:\d+$/, 'is no address; write it as in "alertmanager:9093"'),
      ),
      ['localhost:9093'],
      'Where Prometheus sends alerts. Without the Operator only, which knows them itself.',
      { examples: [['alertmanager:9093']] },
    ),
    alerts: withDefault(alertsBlock, {}, 'When alerts fire.'),
    prober_service: withDefault(proberServiceBlock, {}, 'The Service of Sonde itself, for its ServiceMonitor.'),
    services: withDefault(
      z.array(scrapedServiceBlock),
      [],
      'Further Services whose own `/metrics` are scraped, such as the hello service.',
    ),
    ingress: withDefault(
      z.array(ingressBlock),
      [],
      'Ingresses whose hosts and paths are probed, found by Prometheus itself. Only with the Operator.',
    ),
  }),
  checkMonitoring,
).meta({ id: 'monitoring' })

function checkMonitoring(block: Readonly<Record<string, unknown>>, report: Report): void {
  const points = Array.isArray(block.vantage_points) ? (block.vantage_points as readonly unknown[]) : []
  if (points.length > 0 && block.prober_url !== undefined)
    report('vantage_points', 'excludes prober_url; keep one of the two')
  const names = new Set<unknown>()
  for (const [index, point] of points.entries()) {
    const name = new Map(entriesOf(point)).get('name')
    if (typeof name !== 'string') continue
    if (names.has(name))
      report(
        ['vantage_points', index, 'name'],
        `${JSON.stringify(name)} is already the name of another; write another name`,
      )
    names.add(name)
  }
  for (const [name] of entriesOf(block.labels)) {
    if (!/^([\w.-]+\/)?\w([\w.-]*\w)?$/.test(name))
      report(['labels', name], 'is no name of a label of Kubernetes; use letters, digits, - _ . and at most one /')
  }
}

/** Labels of a series that Prometheus, the Operator or we ourselves set: a target's of that name would change or lose them. */
export const TAKEN_LABELS = ['job', 'namespace', 'pod', 'container', 'endpoint', 'service', 'node', 'vantage'] as const

/** Of no prober that is named. */
const DEFAULT_PROBER: ProberAddress = { scheme: 'http', host: 'sonde:9115', prefix: '' }

export function toMonitoring(block: z.output<typeof monitoringBlock>): Monitoring {
  const { prober_url: prober = DEFAULT_PROBER, alerts } = block
  const points = block.vantage_points.map(({ name, prober_url }) => ({ name, prober: prober_url }))
  return {
    mode: block.mode,
    name: block.name,
    job: block.job,
    namespace: block.namespace,
    labels: block.labels,
    vantagePoints: points.length > 0 ? points : [{ prober }],
    quorum: block.quorum,
    scrapeIntervalSeconds: block.scrape_interval,
    scrapeTimeoutSeconds: block.scrape_timeout,
    retentionSeconds: block.retention,
    prometheusShards: block.prometheus_shards,
    runbookUrl: block.runbook_url,
    alertmanagers: block.alertmanagers,
    alerts: {
      pendingSeconds: alerts.for,
      keepFiringSeconds: alerts.keep_firing_for,
      latencyWindowSeconds: alerts.latency_window,
      disabled: alerts.disabled,
    },
    prober: toService(block.prober_service),
    services: block.services.map(toService),
    ingress: block.ingress.map(({ selector, interval, ...source }) => ({
      ...source,
      labels: selector,
      intervalSeconds: interval,
    })),
  }
}

function toService({ name, selector, port }: z.output<typeof scrapedServiceBlock>): ScrapedService {
  return { name, labels: selector, port }
}
