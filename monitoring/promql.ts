/** The names and the grammar of what we ask Prometheus: a metric that is renamed does not compile here. */
import type { METRICS, MetricName } from '../prober/metrics/catalogue.ts'

type HistogramName = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends 'histogram' ? Name : never
}[MetricName]

/** What others make: Prometheus itself, the libraries of any process, and the hello service by OpenTelemetry's names. */
export const FOREIGN_METRICS = [
  'up',
  'ALERTS',
  'scrape_duration_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'http_server_active_requests',
  'http_server_request_duration_seconds_bucket',
  'http_server_request_duration_seconds_count',
] as const

/** What our own recording rules make; `level:metric:operation`, as Prometheus' documentation advises. */
export const RECORDS = {
  usualDuration: 'instance:probe_duration_seconds:avg5m',
  expected: 'instance:probe_target_expected:interval_seconds',
  seen: 'instance:probe_target_seen:bool',
} as const

/** Of objectives, under the names of Sloth and Pyrra. */
export const SLO_RECORDS = {
  objective: 'slo:objective:ratio',
  budget: 'slo:error_budget:ratio',
  days: 'slo:time_period:days',
  currentBurn: 'slo:current_burn_rate:ratio',
  windowBurn: 'slo:period_burn_rate:ratio',
  budgetLeft: 'slo:period_error_budget_remaining:ratio',
  info: 'sloth_slo_info',
  /** Sloth knows no such record: what was not observed is in no ratio of its. */
  coverage: 'slo:coverage:ratio_rate1h',
  pyrraObjective: 'pyrra_objective',
  pyrraWindow: 'pyrra_window',
  pyrraAvailability: 'pyrra_availability',
  pyrraRequests: 'pyrra_requests:rate5m',
  pyrraErrors: 'pyrra_errors:rate5m',
} as const

export type SeriesName =
  | Exclude<MetricName, HistogramName>
  | `${HistogramName}_${'bucket' | 'sum' | 'count'}`
  | (typeof FOREIGN_METRICS)[number]
  | (typeof RECORDS)[keyof typeof RECORDS]
  | (typeof SLO_RECORDS)[keyof typeof SLO_RECORDS]
  | `slo:sli_error:ratio_rate${string}`

/** Label matchers without braces, as in `job="sonde",instance=~"$instance"`; empty ones are left out. */
export function series(name: SeriesName, ...matchers: readonly string[]): string {
  const all = matchers.filter((matcher) => matcher !== '')
  return all.length === 0 ? name : `${name}{${all.join(',')}}`
}

/** `range`: a duration as Prometheus writes it, or a variable of Grafana's such as `$__range`. */
export function over(selector: string, range: string): string {
  return `${selector}[${range}]`
}

/** An equality matcher; the value may be any text. */
export function is(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`
}

/** One of these values, each meant as it is written. */
export function isOneOf(label: string, values: readonly string[]): string {
  const [first, ...rest] = values
  if (first !== undefined && rest.length === 0) return is(label, first)
  return `${label}=~${JSON.stringify(values.map(literal).join('|'))}`
}

/** None of these values; there is at least one. */
export function isNoneOf(label: string, values: readonly string[]): string {
  return `${label}!~${JSON.stringify(values.map(literal).join('|'))}`
}

/** RE2 takes a backslash before any punctuation, and none before a letter. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

/** Without the noise that 1 - 0.999 would carry into a rule: `0.001`. */
export function decimal(value: number): string {
  return String(Number(value.toPrecision(12)))
}

/** A series of one value, for records that keep what the configuration says. */
export function constant(value: number): string {
  return `vector(${decimal(value)})`
}
