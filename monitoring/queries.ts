/**
 * All PromQL there is, as functions from where to look to an expression: alerts, recording rules and dashboards ask
 * the same questions in the same words. None of them says what is too much: thresholds stand with the alerts.
 */
import { decimal, is, over, RECORDS, type SeriesName, series } from './promql.ts'

/** Where to look. Matchers without braces, as in `job="sonde"`; dashboards write `job=~"$job",instance=~"$instance"`. */
export interface Scope {
  /** The series of probes: `probe_*`. */
  readonly probes: string
  /** The series of the prober itself: `sonde_*`, `blackbox_*`. */
  readonly prober: string
  /** Labels by which several observers of one target differ. Of no labels: each series stands for itself. */
  readonly observers: readonly string[]
}

/** One value for each target, whoever observed it. */
function ofObservers(aggregation: 'min' | 'max' | 'avg', expression: string, scope: Scope, ...more: string[]): string {
  return `${aggregation} without (${[...scope.observers, ...more].join(', ')}) (${expression})`
}

// Availability

/** 0 to 1: the share of observers that reach the target. */
export function reachedShare(scope: Scope): string {
  return ofObservers('avg', series('probe_success', scope.probes), scope)
}

/** 0 to 1: the share of good samples in the range. */
export function uptime(scope: Scope, range: string): string {
  return ofObservers('avg', `avg_over_time(${over(series('probe_success', scope.probes), range)})`, scope)
}

/** How often it went from good to bad or back, as the observer saw it that saw most of it. */
export function changesOfState(scope: Scope, range: string): string {
  return ofObservers('max', `changes(${over(series('probe_success', scope.probes), range)})`, scope)
}

/** 1 where no sample of the range is bad. */
export function alwaysReached(scope: Scope, range: string): string {
  return ofObservers('min', `min_over_time(${over(series('probe_success', scope.probes), range)})`, scope)
}

/** 1 for each reason that an observer gives; labels `phase` and `reason`. */
export function failureReasons(scope: Scope, ...matchers: readonly string[]): string {
  return ofObservers('max', series('probe_failure_info', scope.probes, ...matchers), scope)
}

/** 1 for each target that fails for a reason that matches, whatever its phase. */
export function failsBecause(scope: Scope, reasonMatcher: string): string {
  return ofObservers('max', series('probe_failure_info', scope.probes, reasonMatcher), scope, 'phase', 'reason')
}

// Latency

/** Seconds. */
export function duration(scope: Scope): string {
  return ofObservers('max', series('probe_duration_seconds', scope.probes), scope)
}

/** Seconds in each phase; label `phase`. They add up to the duration. */
export function phases(scope: Scope): string {
  return ofObservers('avg', series('probe_phase_duration_seconds', scope.probes), scope)
}

/** Seconds, of all runs in the range; `by` further labels. Only of scheduled targets. */
export function durationQuantile(scope: Scope, quantile: number, range: string, ...by: readonly string[]): string {
  const buckets = series('probe_run_duration_seconds_bucket', scope.probes)
  return `histogram_quantile(${decimal(quantile)}, sum by (${['le', ...by].join(', ')}) (rate(${over(buckets, range)})))`
}

/** Of the time that it was given, the share that the probe took; near 1 the next step is a timeout. */
export function shareOfTimeout(scope: Scope, range: string): string {
  const average = (name: 'probe_duration_seconds' | 'probe_timeout_seconds') =>
    `avg_over_time(${over(series(name, scope.probes), range)})`
  return ofObservers('max', `${average('probe_duration_seconds')} / ${average('probe_timeout_seconds')}`, scope)
}

/** What `RECORDS.usualDuration` keeps: it makes a day of the past cheap to read. */
export function averageDuration(scope: Scope, range: string): string {
  return ofObservers('avg', `avg_over_time(${over(series('probe_duration_seconds', scope.probes), range)})`, scope)
}

/** Seconds: the median of the day before the last hour, which an incident of half a day does not move. */
export function usualDuration(scope: Scope): string {
  return `quantile_over_time(0.5, ${over(series(RECORDS.usualDuration, scope.probes), '1d')} offset 1h)`
}

/** How many samples that median is of. */
export function usualDurationSamples(scope: Scope): string {
  return `count_over_time(${over(series(RECORDS.usualDuration, scope.probes), '1d')} offset 1h)`
}

/** Seconds, lately. */
export function recentDuration(scope: Scope): string {
  return series(RECORDS.usualDuration, scope.probes)
}

// TLS

/** 0 to 1, below 0 once expired: of the certificate's lifetime, what is left. */
export function certificateLifetimeLeft(scope: Scope): string {
  return ofObservers('min', series('probe_ssl_cert_lifetime_remaining_ratio', scope.probes), scope)
}

/** Seconds; below 0 once expired. */
export function certificateSecondsLeft(scope: Scope): string {
  return ofObservers('min', `${series('probe_ssl_earliest_cert_expiry', scope.probes)} - time()`, scope)
}

/** 1 for each target that speaks such a version; label `version`. */
export function tlsVersion(scope: Scope, versionMatcher = ''): string {
  return ofObservers('max', series('probe_tls_version_info', scope.probes, versionMatcher), scope)
}

// Paths, which only the prober's own metrics tell of; their `instance` is the prober

/** One value for each path, or each hop of it, whichever prober asked. */
function ofPaths(aggregation: 'min' | 'max' | 'avg', name: SeriesName, scope: Scope, ...more: string[]): string {
  return ofObservers(aggregation, series(name, scope.prober), scope, 'instance', ...more)
}

/** 1 for the hop that is to blame; labels `path`, `hop`, `reason`. */
export function blame(scope: Scope): string {
  return ofPaths('max', 'probe_path_blame_info', scope)
}

/** The same whatever the reason. */
export function blamedHop(scope: Scope): string {
  return ofPaths('max', 'probe_path_blame_info', scope, 'reason')
}

/** Seconds that a hop adds to the one behind it; labels `path`, `hop`. */
export function hopOverhead(scope: Scope): string {
  return ofPaths('avg', 'probe_path_hop_overhead_seconds', scope)
}

// The prober

/** 0 to 1: of what Prometheus scrapes here, the share that answers. `by`: what one answer each is wanted for. */
export function answering(matchers: string, by: readonly string[]): string {
  return `avg by (${by.join(', ')}) (${series('up', matchers)})`
}

/** 0 for each target that was asked for in vain, while the same prober answers for others. */
export function scrapeFails(matchers: string, by: readonly string[]): string {
  return `${series('up', matchers)} == 0 unless on (${by.join(', ')}) ${answering(matchers, by)} == 0`
}

/** 1 where Prometheus knows of nothing to scrape. With several shards of Prometheus most of them rightly do not. */
export function nothingToScrape(matchers: string): string {
  return `absent(${series('up', matchers)})`
}

export function reloadFailed(scope: Scope): string {
  return `${series('blackbox_exporter_config_last_reload_successful', scope.prober)} == 0`
}

/** 0 for each source of targets that cannot be read; label `source`. */
export function unreadSources(scope: Scope): string {
  return `${series('sonde_discovery_synced', scope.prober)} == 0`
}

/** How many questions named a module that there is not. */
export function unknownModules(scope: Scope, range: string): string {
  return `increase(${over(series('blackbox_module_unknown_total', scope.prober), range)})`
}

/** Runs that were left out, since the one before had not ended or the process was late. */
export function missedRuns(scope: Scope, range: string): string {
  return `increase(${over(series('sonde_scheduler_missed_runs_total', scope.prober), range)})`
}

/** 0 to 1: of the runs in the range, the share that the prober itself held up. `by`: what makes one prober. */
export function overloadedShare(scope: Scope, range: string, by: readonly string[]): string {
  const runs = over(series('prober_overloaded', scope.probes), range)
  return `avg by (${by.join(', ')}) (avg_over_time(${runs}))`
}

/** Label `signal`. */
export function exportFailures(scope: Scope, range: string): string {
  return `increase(${over(series('prober_export_failures_total', scope.prober), range)})`
}

// What is expected

/**
 * A target counts as seen while it has a result, or is scheduled and quiet: its totals stay. Where it is pulled, `up`
 * is there also when the prober does not answer, which is another fault.
 */
function signsOf(matchers: string): string {
  return `${series('probe_success', matchers)} or ${series('probe_runs_total', matchers)}`
}

/** What `RECORDS.seen` keeps: 1 or 0 for each target that the configuration names, with the labels that it has there. */
export function seen(scope: Scope): string {
  const none = `0 * ${series(RECORDS.expected, scope.probes)}`
  const isThere = `count by (job, instance) (${signsOf(scope.probes)}) > bool 0`
  return `${none} + on (job, instance) group_left () (${isThere}) or ${none}`
}

/** 0 to 1: of the range and of these targets, the share in which they were observed. */
export function coverage(matchers: string, range: string): string {
  return `avg(avg_over_time(${over(series(RECORDS.seen, matchers), range)}))`
}

/**
 * Expected, and neither a result nor, where it is pulled, a try at one: it is in nobody's configuration. Nothing is said
 * while no prober answers.
 */
export function missingTargets(scope: Scope): string {
  const tried = series('up', scope.probes)
  const there = `${signsOf(scope.probes)} or ${tried}`
  const missing = `${series(RECORDS.expected, scope.probes)} unless on (job, instance) (${there})`
  return `${missing} and on (job) max by (job) (${tried}) == 1`
}

// Objectives

/** 0 to 1: of all samples of these targets in the range, the share of bad ones. */
export function errorRatio(matchers: string, range: string): string {
  const samples = over(series('probe_success', matchers), range)
  return `1 - sum(sum_over_time(${samples})) / sum(count_over_time(${samples}))`
}

export function badSamples(matchers: string, range: string): string {
  const samples = over(series('probe_success', matchers), range)
  return `sum(count_over_time(${samples})) - sum(sum_over_time(${samples}))`
}

// Alerts

/** Label `alertname`; with `state="firing"` what is firing now. */
export function alerts(state: 'firing' | 'pending', ...matchers: readonly string[]): string {
  return series('ALERTS', is('alertstate', state), ...matchers)
}
