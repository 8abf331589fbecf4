/** The process's own metrics: a prom-client registry that we write out ourselves (see exposition.ts). */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { ReloadStatus } from '../config/reload.ts'
import type { Result } from '../probes/result.ts'
import { type Metric, METRICS, type ProcessMetricName } from './catalogue.ts'
import { watchEventLoop } from './event-loop.ts'
import { familyHeader, type Format, labelText, sampleLine } from './exposition.ts'
import { merged, type PointFamily } from './points.ts'

export interface RuntimeSources {
  readonly version: string
  /** As monotonic as can be; only differences count. */
  nowSeconds(): number
  reloadStatus(): ReloadStatus
  isReady(): boolean
  scheduledTargets(): number
  missedRuns(): number
  queueLength(): number
  quietTargets(): number
  discovery(): readonly SourceStatus[]
}

/** A source of targets that are found while the prober runs. */
export interface SourceStatus {
  readonly source: string
  readonly targets: number
  /** How many are left out, by reason. */
  readonly skipped: ReadonlyMap<string, number>
  /** How often it could not be read, by reason. */
  readonly failures: ReadonlyMap<string, number>
  readonly isSynced: boolean
  /** Unix time; undefined: never. */
  readonly lastHeardSeconds: number | undefined
}

export interface Runtime extends Disposable {
  moduleUnknown(): void
  /** A scheduled run started so long after its time. */
  startedLate(seconds: number): void
  /** Runs one probe, counted while it runs and by what came of it. */
  counted(module: string, probe: () => Promise<Result>): Promise<Result>
  families(format: Format): Promise<string[]>
  /** The same as values. */
  points(): Promise<readonly PointFamily[]>
  readonly exports: ExportCounts
}

/** What becomes of traces and metrics that are sent to a collector. */
export interface ExportCounts {
  /** From now on they are: the counters are there, if only as 0. */
  began(signal: string): void
  failed(signal: string): void
  dropped(signal: string, count: number): void
}

/** prom-client's gauges with a counter's suffix, which OpenMetrics and promtool refuse; `nodejs_active_resources` and its like say the same by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

export function createRuntime(sources: RuntimeSources): Runtime {
  const registry = new Registry()
  // Its loop lag counts the timer's own 10 ms and forgets at each scrape: ours stands beside it.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const loop = watchEventLoop(sources.nowSeconds)
  registerBuildInfo(registry, sources.version)
  registerReload(registry, sources.reloadStatus)
  gauge(registry, 'sonde_ready', (metric) => metric.set(sources.isReady() ? 1 : 0))
  gauge(registry, 'sonde_scheduled_targets', (metric) => metric.set(sources.scheduledTargets()))
  gauge(registry, 'sonde_scheduler_queue_length', (metric) => metric.set(sources.queueLength()))
  gauge(registry, 'sonde_scheduler_quiet_targets', (metric) => metric.set(sources.quietTargets()))
  gauge(registry, 'sonde_event_loop_delay_p99_seconds', (metric) => metric.set(loop.worst().p99))
  gauge(registry, 'sonde_event_loop_delay_max_seconds', (metric) => metric.set(loop.worst().max))
  registerMissedRuns(registry, sources.missedRuns)
  registerDiscovery(registry, sources.discovery)
  const moduleUnknown = counter(registry, 'blackbox_module_unknown_total')
  const late = lateness(registry)
  return {
    moduleUnknown: () => moduleUnknown.inc(),
    startedLate: (seconds) => late.observe(seconds),
    counted: countProbes(registry),
    exports: countExports(registry),
    async families(format) {
      return (await registry.getMetricsAsJSON()).map((family) => familyText(family, format))
    },
    async points() {
      return (await registry.getMetricsAsJSON()).flatMap((family) => pointFamily(family))
    },
    [Symbol.dispose]() {
      loop[Symbol.dispose]()
      registry.clear()
    },
  }
}

/** Plain numbers until somebody asks: prom-client's own counting sorts the labels' names each time. */
function countProbes(registry: Registry): Runtime['counted'] {
  const counts = new Map<string, { success: number; failure: number }>()
  let inFlight = 0
  gauge(registry, 'sonde_probes_in_flight', (metric) => metric.set(inFlight))
  counter(registry, 'sonde_probes_total', (metric) => {
    metric.reset()
    for (const [module, { success, failure }] of counts) {
      if (success > 0) metric.inc({ module, outcome: 'success' }, success)
      if (failure > 0) metric.inc({ module, outcome: 'failure' }, failure)
    }
  })
  return async (module, probe) => {
    inFlight += 1
    try {
      const result = await probe()
      const count = counts.get(module) ?? { success: 0, failure: 0 }
      counts.set(module, count)
      count[result.outcome.ok ? 'success' : 'failure'] += 1
      return result
    } finally {
      inFlight -= 1
    }
  }
}

function countExports(registry: Registry): ExportCounts {
  const failures = counter(registry, 'prober_export_failures_total')
  const dropped = counter(registry, 'prober_export_dropped_total')
  return {
    began(signal) {
      failures.inc({ signal }, 0)
      dropped.inc({ signal }, 0)
    },
    failed: (signal) => failures.inc({ signal }),
    dropped: (signal, count) => dropped.inc({ signal }, count),
  }
}

function registerBuildInfo(registry: Registry, version: string): void {
  const { arch, platform, versions } = process
  gauge(registry, 'sonde_build_info').set({ version, nodejs_version: versions.node }, 1)
  // goversion and its like exist so that a board's query by these labels finds the series.
  gauge(registry, 'blackbox_exporter_build_info').set(
    {
      version,
      revision: 'unknown',
      branch: 'unknown',
      goversion: `nodejs${versions.node}`,
      goos: platform,
      goarch: arch === 'x64' ? 'amd64' : arch,
      tags: 'unknown',
    },
    1,
  )
}

function registerReload(registry: Registry, status: () => ReloadStatus): void {
  gauge(registry, 'blackbox_exporter_config_last_reload_successful', (metric) =>
    metric.set(status().successful ? 1 : 0),
  )
  gauge(registry, 'blackbox_exporter_config_last_reload_success_timestamp_seconds', (metric) =>
    metric.set(status().successAtSeconds),
  )
}

function registerMissedRuns(registry: Registry, missedRuns: () => number): void {
  let counted = 0
  counter(registry, 'sonde_scheduler_missed_runs_total', (metric) => {
    const missed = missedRuns()
    metric.inc(missed - counted)
    counted = missed
  })
}

function registerDiscovery(registry: Registry, status: () => readonly SourceStatus[]): void {
  const each = (name: ProcessMetricName, write: (metric: Gauge, status: SourceStatus) => void) =>
    gauge(registry, name, (metric) => {
      metric.reset()
      for (const source of status()) write(metric, source)
    })
  counter(registry, 'sonde_discovery_failures_total', (metric) => {
    metric.reset()
    for (const { source, failures } of status())
      for (const [reason, count] of failures) metric.inc({ source, reason }, count)
  })
  each('sonde_discovery_last_sync_timestamp_seconds', (metric, { source, lastHeardSeconds }) => {
    if (lastHeardSeconds !== undefined) metric.set({ source }, lastHeardSeconds)
  })
  each('sonde_discovery_skipped_targets', (metric, { source, skipped }) => {
    for (const [reason, count] of skipped) metric.set({ source, reason }, count)
  })
  each('sonde_discovery_synced', (metric, { source, isSynced }) => metric.set({ source }, isSynced ? 1 : 0))
  each('sonde_discovery_targets', (metric, { source, targets }) => metric.set({ source }, targets))
}

/** From a timer that is on time to a run that waits for most of its interval. */
const LATENESS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

function lateness(registry: Registry): Histogram {
  return new Histogram({ ...definition(registry, 'sonde_scheduler_late_seconds'), buckets: LATENESS_BUCKETS })
}

function gauge(registry: Registry, name: ProcessMetricName, collect?: (metric: Gauge) => void): Gauge {
  const made: Gauge = new Gauge({ ...definition(registry, name), collect: () => collect?.(made) })
  return made
}

function counter(registry: Registry, name: ProcessMetricName, collect?: (metric: Counter) => void): Counter {
  const made: Counter = new Counter({ ...definition(registry, name), collect: () => collect?.(made) })
  return made
}

function definition(registry: Registry, name: ProcessMetricName) {
  const { help, labels = [] }: Metric = METRICS[name]
  return { name, help, labelNames: labels, registers: [registry] }
}

/** `metricName` is there for the parts of a histogram or summary: `_bucket`, `_sum`, `_count`. */
type Value = MetricValue<string> & { readonly metricName?: string }

function familyText({ name, help, type, values }: MetricObjectWithValues<Value>, format: Format): string {
  const lines = values.map(({ metricName, labels, value }) =>
    sampleLine(metricName ?? name, labelText(labelStrings(labels)), value),
  )
  return familyHeader(name, String(type), help, format) + lines.join('')
}

/** prom-client's own metrics are of these types, too. */
function isPointType(type: string): type is PointFamily['type'] {
  return type === 'gauge' || type === 'counter' || type === 'histogram'
}

function pointFamily(family: MetricObjectWithValues<Value>): PointFamily[] {
  const { name, help, values } = family
  const type = String(family.type)
  if (!isPointType(type)) return []
  const parts = values.map(({ metricName, labels, value }) => {
    return { suffix: metricName?.slice(name.length), labels: labelStrings(labels), value }
  })
  return [{ name, type, help, points: merged(parts, performance.timeOrigin / 1000) }]
}

function labelStrings(labels: MetricValue<string>['labels']): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
}
