/** PromQL about any process that Prometheus scrapes: whether it is there, and how it does. */
import { over, series } from './promql.ts'

/** How many answer now. */
export function answeringCount(matchers: string): string {
  return `sum(${series('up', matchers)})`
}

/** How many Prometheus knows of, whether or not they answer. */
export function knownCount(matchers: string): string {
  return `count(${series('up', matchers)})`
}

/** 0 to 1: of the scrapes in the range, the share that was answered. */
export function answeredShare(matchers: string, range: string): string {
  return `avg(avg_over_time(${over(series('up', matchers), range)}))`
}

/** Seconds that Prometheus had to wait for `/metrics`. */
export function scrapeSeconds(matchers: string): string {
  return `max by (instance) (${series('scrape_duration_seconds', matchers)})`
}

export function cpuCores(matchers: string, range: string): string {
  return `sum by (instance) (rate(${over(series('process_cpu_seconds_total', matchers), range)}))`
}

export function residentBytes(matchers: string): string {
  return `max by (instance) (${series('process_resident_memory_bytes', matchers)})`
}

export function restarts(matchers: string, range: string): string {
  return `sum(changes(${over(series('process_start_time_seconds', matchers), range)}))`
}
