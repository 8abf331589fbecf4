/** PromQL about the prober itself that people look at. `matchers`: the scrapes of its own `/metrics`. */
import { decimal, over, series } from './promql.ts'

/** A second; labels `module` and `outcome`. */
export function probeRate(matchers: string, range: string): string {
  return `sum by (module, outcome) (rate(${over(series('sonde_probes_total', matchers), range)}))`
}

/** Seconds that scheduled runs began too late. */
export function latenessQuantile(matchers: string, quantile: number, range: string): string {
  const buckets = over(series('sonde_scheduler_late_seconds_bucket', matchers), range)
  return `histogram_quantile(${decimal(quantile)}, sum by (le, instance) (rate(${buckets})))`
}

export type StateOfProber =
  | 'sonde_ready'
  | 'sonde_scheduled_targets'
  | 'sonde_scheduler_quiet_targets'
  | 'sonde_scheduler_queue_length'
  | 'sonde_probes_in_flight'
  | 'sonde_event_loop_delay_p99_seconds'
  | 'sonde_event_loop_delay_max_seconds'

export function sumOfProbers(name: StateOfProber, matchers: string): string {
  return `sum(${series(name, matchers)})`
}

export function byProber(name: StateOfProber, matchers: string): string {
  return `max by (instance) (${series(name, matchers)})`
}

/** 1 each; labels `version` and `nodejs_version`. */
export function versions(matchers: string): string {
  return `max by (instance, version, nodejs_version) (${series('sonde_build_info', matchers)})`
}

export function reloadSucceeded(matchers: string): string {
  return `min(${series('blackbox_exporter_config_last_reload_successful', matchers)})`
}

type Counted = 'sonde_scheduler_missed_runs_total' | 'blackbox_module_unknown_total' | 'prober_export_failures_total'

export function countedOver(name: Counted, matchers: string, range: string, ...by: readonly string[]): string {
  const counted = `increase(${over(series(name, matchers), range)})`
  return by.length === 0 ? `sum(${counted})` : `sum by (${by.join(', ')}) (${counted})`
}
