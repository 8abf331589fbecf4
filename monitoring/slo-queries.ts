/** PromQL about objectives, of the records that slo.ts makes: their names are Sloth's and Pyrra's. */
import { decimal, is, over, SLO_RECORDS, series } from './promql.ts'
import { badSamples } from './queries.ts'

/** Ranges over which the share of bad samples is kept, and the whole window beside them. */
export const RANGES = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const
export type Range = (typeof RANGES)[number]

export const RANGE_SECONDS: Readonly<Record<Range, number>> = {
  '5m': 300,
  '30m': 1800,
  '1h': 3600,
  '2h': 7200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
}

export function errorRecord(range: string): `slo:sli_error:ratio_rate${string}` {
  return `slo:sli_error:ratio_rate${range}`
}

/** Which objective: `sloth_id="sonde-shop"`. */
export function ofSlo(id: string): string {
  return is('sloth_id', id)
}

/** From the short records: reading each sample of a month at each evaluation would be dear. */
export function windowErrorRatio(slo: string, window: string): string {
  const short = over(series(errorRecord('5m'), slo), window)
  return `sum_over_time(${short}) / count_over_time(${short})`
}

/** 1 spends the budget just in the whole window. */
export function burnRate(slo: string, range: string): string {
  const ids = 'on (sloth_id, sloth_slo, sloth_service) group_left ()'
  return `${series(errorRecord(range), slo)} / ${ids} ${series(SLO_RECORDS.budget, slo)}`
}

export function budgetLeft(slo: string): string {
  return `1 - ${series(SLO_RECORDS.windowBurn, slo)}`
}

export function availability(slo: string, window: string): string {
  return `1 - max(${series(errorRecord(window), slo)})`
}

/** A second, of the samples of these targets. */
export function sampleRate(matchers: string): string {
  return `sum(count_over_time(${over(series('probe_success', matchers), '5m')})) / ${RANGE_SECONDS['5m']}`
}

export function badSampleRate(matchers: string): string {
  return `(${badSamples(matchers, '5m')}) / ${RANGE_SECONDS['5m']}`
}

/** The share of bad samples where it is over the limit in both ranges: for long enough, and still. */
export function burnsFast(slo: string, short: Range, long: Range, limit: number): string {
  const over = (range: Range) => `max without (sloth_window) (${series(errorRecord(range), slo)} > ${decimal(limit)})`
  return `${over(short)} and ${over(long)}`
}

// What people look at: a line for each objective

function byObjective(expression: string): string {
  return `max by (sloth_id) (${expression})`
}

export function sloRecord(name: 'objective' | 'currentBurn' | 'budgetLeft' | 'coverage', slo: string): string {
  return byObjective(series(SLO_RECORDS[name], slo))
}

export function burnRateOver(slo: string, range: Range): string {
  return byObjective(burnRate(slo, range))
}

/** 0 to 1, and what may be at most. */
export function badShare(slo: string, range: Range): string {
  return byObjective(series(errorRecord(range), slo))
}

export function badShareAllowed(slo: string): string {
  return byObjective(series(SLO_RECORDS.budget, slo))
}

/** Of the window, the time that the budget of failures is. */
function budgetSeconds(slo: string): string {
  return `${byObjective(series(SLO_RECORDS.budget, slo))} * ${byObjective(series(SLO_RECORDS.days, slo))} * 86400`
}

/** Seconds of failure in the window so far, were each bad sample the whole of its interval. */
export function badSeconds(slo: string): string {
  return `${byObjective(series(SLO_RECORDS.windowBurn, slo))} * ${budgetSeconds(slo)}`
}

/** Seconds until nothing is left if it goes on as in the last hour; no value where nothing is being spent. */
export function secondsToExhaustion(slo: string): string {
  const left = `clamp_min(${sloRecord('budgetLeft', slo)}, 0)`
  const days = byObjective(series(SLO_RECORDS.days, slo))
  return `${left} * ${days} * 86400 / (${burnRateOver(slo, '1h')} > 0)`
}

export function firingSloAlerts(slo: string, step: string): string {
  const firing = series('ALERTS', 'alertname=~"SyntheticSLO.*"', is('alertstate', 'firing'), slo)
  return `max by (sloth_id, severity) (max_over_time(${over(firing, step)}))`
}

/** Bad samples of each target: who spends the budget. */
export function badSamplesByTarget(matchers: string, range: string, count: number): string {
  const samples = over(series('probe_success', matchers), range)
  return `topk(${count}, sum by (job, instance) (count_over_time(${samples}) - sum_over_time(${samples})))`
}
