/** What Prometheus scrapes, said once; from it follow the Operator's ScrapeConfig and plain `scrape_configs`. */
import { type Config, formatDuration, type ProberAddress, type VantagePoint } from '../prober/config/schema.ts'
import { pulledGroups, vantageLabel } from './probe.ts'
import { proberJob } from './scope.ts'
import { ownMetricsOnly, scrapeTimes } from './service-monitor.ts'
import { formatPromDuration } from '../prober/config/schema.ts'

export interface Relabeling {
  readonly sourceLabels?: readonly string[]
  readonly regex?: string
  readonly targetLabel?: string
  readonly replacement?: string
  readonly modulus?: number
  readonly action?: 'drop' | 'hashmod' | 'keep'
}

export interface ScrapeJob {
  /** Unique among all. */
  readonly name: string
  readonly job: string
  readonly scheme: 'http' | 'https'
  readonly path: string
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly honorLabels: boolean
  readonly interval: string
  readonly scrapeTimeout: string
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Instead of targets: where they are listed. */
  readonly discoveryUrl?: string
  readonly relabelings: readonly Relabeling[]
  readonly metricRelabelings: readonly Relabeling[]
}

/** The prober's own `/metrics`: in the mode `scheduled` these have all there is. */
export function metricsJobs({ monitoring }: Config): ScrapeJob[] {
  const { vantagePoints } = monitoring
  return vantagePoints.map((point) => ({
    ...jobAt(point, 'metrics', proberJob(monitoring), [monitoring.name]),
    honorLabels: true,
    ...scrapeTimes(monitoring),
    targets: [point.prober.host],
    labels: vantageLabel(point),
    relabelings: [],
    metricRelabelings: ownMetricsOnly(monitoring),
  }))
}

/** One for each group of targets, as Probe objects are. */
export function pullJobs(config: Config): ScrapeJob[] {
  const { monitoring } = config
  return monitoring.vantagePoints.flatMap((point) =>
    pulledGroups(config).map((group) => ({
      ...jobAt(point, 'probe', monitoring.job, [monitoring.name, group.name]),
      params: { module: [group.module], max_age: [formatDuration(group.maxAgeSeconds)] },
      honorLabels: false,
      interval: formatPromDuration(group.intervalSeconds),
      scrapeTimeout: formatPromDuration(group.timeoutSeconds),
      targets: group.targets,
      labels: { ...group.labels, ...vantageLabel(point) },
      relabelings: askTheProber(point.prober),
      metricRelabelings: [],
    })),
  )
}

/** Of what `/targets` lists: addresses with the label `__meta_sonde_module`, and the targets' own labels. */
export function discoveryJobs({ monitoring }: Config): ScrapeJob[] {
  const { vantagePoints, prometheusShards } = monitoring
  return vantagePoints.map((point) => ({
    ...jobAt(point, 'probe', monitoring.job, [monitoring.name, 'targets']),
    honorLabels: false,
    ...scrapeTimes(monitoring),
    targets: [],
    labels: {},
    discoveryUrl: `${point.prober.scheme}://${point.prober.host}${point.prober.prefix}/targets`,
    relabelings: [
      { sourceLabels: ['__meta_sonde_module'], targetLabel: '__param_module' },
      { sourceLabels: ['__meta_sonde_max_age'], targetLabel: '__param_max_age' },
      ...Object.entries(vantageLabel(point)).map(([targetLabel, replacement]) => ({ targetLabel, replacement })),
      ...(prometheusShards > 1 ? sharedOut(prometheusShards) : []),
      ...askTheProber(point.prober),
    ],
    metricRelabelings: [],
  }))
}

function jobAt({ name, prober }: VantagePoint, path: 'metrics' | 'probe', job: string, names: readonly string[]) {
  return {
    name: [...names, ...(name === undefined ? [] : [name])].join('-'),
    job,
    scheme: prober.scheme,
    path: `${prober.prefix}/${path}`,
    params: {},
  } as const
}

/** The multi-target pattern: what was the address becomes the parameter, and the prober is asked. */
function askTheProber({ host }: ProberAddress): Relabeling[] {
  return [
    { sourceLabels: ['__address__'], targetLabel: '__param_target' },
    { sourceLabels: ['__param_target'], targetLabel: 'instance' },
    { targetLabel: '__address__', replacement: host },
  ]
}

/** The Operator shares out by the address, which is the prober's for every target: one shard would have them all. */
function sharedOut(shards: number): Relabeling[] {
  return [
    { sourceLabels: ['__address__'], targetLabel: '__tmp_hash', modulus: shards, action: 'hashmod' },
    { sourceLabels: ['__tmp_hash'], regex: '$(SHARD)', action: 'keep' },
  ]
}
