/** PromQL about the hello service: rate, errors and duration of its requests, by OpenTelemetry's names. */
import { decimal, over, series } from './promql.ts'

type OfRequests = 'http_server_request_duration_seconds_count' | 'http_server_request_duration_seconds_bucket'

function rate(name: OfRequests, range: string, ...matchers: readonly string[]): string {
  return `rate(${over(series(name, ...matchers), range)})`
}

/** Requests a second; `by` such as `http_route` and `http_response_status_code`. */
export function requestRate(matchers: string, range: string, ...by: readonly string[]): string {
  const requests = rate('http_server_request_duration_seconds_count', range, matchers)
  return by.length === 0 ? `sum(${requests})` : `sum by (${by.join(', ')}) (${requests})`
}

/** 0 to 1: answers of 5xx. No answers at all make no share. */
export function errorShare(matchers: string, range: string): string {
  const name = 'http_server_request_duration_seconds_count'
  const failed = rate(name, range, matchers, 'http_response_status_code=~"5.."')
  return `(sum(${failed}) or vector(0)) / sum(${rate(name, range, matchers)})`
}

/** Seconds. */
export function requestQuantile(matchers: string, quantile: number, range: string, ...by: readonly string[]): string {
  const buckets = rate('http_server_request_duration_seconds_bucket', range, matchers)
  return `histogram_quantile(${decimal(quantile)}, sum by (${['le', ...by].join(', ')}) (${buckets}))`
}

/** Requests in each bucket of durations; label `le`. */
export function requestBuckets(matchers: string, range: string): string {
  const buckets = over(series('http_server_request_duration_seconds_bucket', matchers), range)
  return `sum by (le) (increase(${buckets}))`
}

export function activeRequests(matchers: string): string {
  return `sum by (instance) (${series('http_server_active_requests', matchers)})`
}
