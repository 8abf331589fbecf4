/** PromQL about targets that people look at, and no alert asks: rows of tables, shares of a range, histories. */
import { over, type SeriesName, series } from './promql.ts'
import {
  certificateLifetimeLeft,
  certificateSecondsLeft,
  duration,
  failureReasons,
  reachedShare,
  type Scope,
} from './queries.ts'

/** Tables join their columns by these: a target's own labels differ from metric to metric, as do its observers'. */
const ROW = ['job', 'instance'] as const

function row(aggregation: 'min' | 'max' | 'avg', expression: string, ...more: readonly string[]): string {
  return `${aggregation} by (${[...ROW, ...more].join(', ')}) (${expression})`
}

function gauge(name: SeriesName, { probes }: Scope): string {
  return series(name, probes)
}

// How many

export function targetCount(scope: Scope): string {
  return `count(${reachedShare(scope)})`
}

/** 0 where all are reached, and nothing where there are no targets. */
export function failingCount(scope: Scope): string {
  return `count(${reachedShare(scope)} < 1) or 0 * ${targetCount(scope)}`
}

/** 0 to 1, of all samples of all targets. */
export function successShare(scope: Scope, range: string): string {
  return `avg(avg_over_time(${over(gauge('probe_success', scope), range)}))`
}

// Now, a row each

export function rowState(scope: Scope): string {
  return row('avg', gauge('probe_success', scope))
}

export function rowUptime(scope: Scope, range: string): string {
  return row('avg', `avg_over_time(${over(gauge('probe_success', scope), range)})`)
}

export function rowDuration(scope: Scope): string {
  return row('max', duration(scope))
}

export function rowStatusCode(scope: Scope): string {
  return row('max', gauge('probe_http_status_code', scope))
}

export function rowCertificateShare(scope: Scope): string {
  return row('min', certificateLifetimeLeft(scope))
}

export function rowCertificateSeconds(scope: Scope): string {
  return row('min', certificateSecondsLeft(scope))
}

/** Labels that say how a target is spoken to. */
export function rowFacts(
  name: 'probe_tls_version_info' | 'probe_tls_cipher_info' | 'probe_ssl_last_chain_info',
  labels: readonly string[],
  scope: Scope,
): string {
  return row('max', gauge(name, scope), ...labels)
}

export function rowValue(
  name: 'probe_http_version' | 'probe_ip_protocol' | 'probe_http_redirects' | 'probe_dns_answer_rrs',
  scope: Scope,
): string {
  return row('max', gauge(name, scope))
}

/** How often its name led to another address. */
export function rowAddressChanges(scope: Scope, range: string): string {
  return row('max', `changes(${over(gauge('probe_ip_addr_hash', scope), range)})`)
}

/** What fails, with labels `phase` and `reason` where the prober tells them; what blackbox_exporter watches has none. */
export function failing(scope: Scope): string {
  const reasons = row('max', failureReasons(scope), 'phase', 'reason')
  const failed = `${row('avg', gauge('probe_success', scope))} < 1`
  return `${reasons} or on (${ROW.join(', ')}) (${failed})`
}

/** The same table's rows for paths: label `hop`, and as a target's name that of the hop. */
export function blamed(matchers: string): string {
  const blame = `max by (path, hop, reason) (${series('probe_path_blame_info', matchers)})`
  return `label_join(${blame}, "instance", "/", "path", "hop")`
}

export function slowest(scope: Scope, count: number): string {
  return `topk(${count}, ${rowDuration(scope)})`
}

// Histories

/** 0 to 1: of the observers, the share that reached it all through each step; a short failure stays visible. */
export function stateHistory(scope: Scope, step: string): string {
  return row('avg', `min_over_time(${over(gauge('probe_success', scope), step)})`)
}

/** The code of the last answer in each step; 0 when none came. */
export function statusCodeHistory(scope: Scope, step: string): string {
  return row('max', `last_over_time(${over(gauge('probe_http_status_code', scope), step)})`)
}

/** Seconds, of the samples in each step: what a pulled target has instead of a histogram. */
export function sampledQuantile(scope: Scope, quantile: number, step: string): string {
  return row('max', `quantile_over_time(${quantile}, ${over(gauge('probe_duration_seconds', scope), step)})`)
}

export function timeout(scope: Scope): string {
  return row('max', gauge('probe_timeout_seconds', scope))
}

/** Seconds in each phase, the mean of the targets that have it, without phases that take no time in the range; label `phase`. */
export function meanPhases(scope: Scope, range: string): string {
  const phases = gauge('probe_phase_duration_seconds', scope)
  const spent = `max by (phase) (max_over_time(${over(phases, range)} @ end())) > 0`
  return `avg by (phase) (${phases}) and on (phase) ${spent}`
}

/** Runs in each bucket of durations; label `le`. Only of scheduled targets. */
export function durationBuckets(scope: Scope, range: string): string {
  return `sum by (le) (increase(${over(gauge('probe_run_duration_seconds_bucket', scope), range)}))`
}

/** Samples that failed, by why; labels `phase` and `reason`. */
export function failedSamples(scope: Scope, range: string): string {
  return `sum by (phase, reason) (count_over_time(${over(gauge('probe_failure_info', scope), range)}))`
}

/** 0 to 1: of all attempts, the share that failed, also where a retry mended it. Only of scheduled targets. */
export function failedAttempts(scope: Scope, range: string): string {
  const total = (name: 'probe_attempt_failures_total' | 'probe_attempts_total') =>
    `sum by (${ROW.join(', ')}) (increase(${over(gauge(name, scope), range)}))`
  return `${total('probe_attempt_failures_total')} / ${total('probe_attempts_total')}`
}

/** Seconds that the application says it spent itself, and the rest of the phase processing. */
export function partOfProcessing(name: 'probe_http_application_seconds' | 'probe_http_edge_seconds', scope: Scope) {
  return row('avg', gauge(name, scope))
}

/** Seconds, a line for each observer of each target. */
export function durationByObserver(scope: Scope): string {
  return row('max', gauge('probe_duration_seconds', scope), 'vantage', 'pod')
}

// Paths

export function hopState(matchers: string, step: string): string {
  return `min by (path, hop) (min_over_time(${over(series('probe_path_hop_success', matchers), step)}))`
}

/** Seconds that a hop adds to the one behind it; of the innermost its own. */
export function hopOverhead(matchers: string): string {
  return `avg by (path, hop) (${series('probe_path_hop_overhead_seconds', matchers)})`
}

/** The phases in which hops add most; labels `path`, `hop`, `phase`. */
export function largestOverheads(matchers: string, count: number): string {
  return `topk(${count}, avg by (path, hop, phase) (${series('probe_path_overhead_seconds', matchers)}))`
}

// Whether all is watched

/** 0 to 1: of the range, the share in which what should be watched was; without our rules, in which Prometheus got an answer. */
export function observedShare(scope: Scope, range: string): string {
  const share = (name: 'instance:probe_target_seen:bool' | 'up') =>
    `avg(avg_over_time(${over(gauge(name, scope), range)}))`
  return `${share('instance:probe_target_seen:bool')} or ${share('up')}`
}
