import type { Phase } from '../../net/outcome.ts'
import type { HttpFacts, HttpResult } from '../../probes/result.ts'
import type { Labels, Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

/** blackbox_exporter's phases of `probe_http_duration_seconds` beside `resolve`; it sets all four to 0 before a request. */
const REQUEST_PHASES = ['connect', 'tls', 'processing', 'transfer'] as const satisfies readonly Phase[]

export function httpSamples(result: HttpResult): Sample[] {
  return [
    ...addressSamples(result),
    ...durationSamples(result),
    ...hopSamples(result.http),
    ...exchangeSamples(result.http),
    ...serverTimingSamples(result.http),
    ...tlsSamples(result),
  ]
}

function durationSamples({ lookupSeconds, address, phases, http }: HttpResult): Sample[] {
  const isLookedUp = lookupSeconds !== undefined
  const isRequested = http.hops.length > 0 && (address !== undefined || !isLookedUp)
  const shown: readonly Phase[] = [
    ...(isLookedUp ? (['resolve'] as const) : []),
    ...(isRequested ? REQUEST_PHASES : []),
  ]
  return shown.map((phase) => ({
    name: 'probe_http_duration_seconds',
    value: phases[phase] ?? 0,
    labels: { phase },
  }))
}

function hopSamples({ hops }: HttpFacts): Sample[] {
  if (hops.length < 2) return []
  return hops.flatMap(({ phases }, hop) =>
    Object.entries(phases).map(([phase, value]): Sample => {
      const labels: Labels = { hop: String(hop), phase }
      return { name: 'probe_http_hop_duration_seconds', value, labels }
    }),
  )
}

function serverTimingSamples({ serverTimings, processingSplit }: HttpFacts): Sample[] {
  const list = serverTimings.map(({ name, seconds }): Sample => {
    return { name: 'probe_http_server_timing_seconds', value: seconds, labels: { timing: name } }
  })
  if (processingSplit === undefined) return list
  return [
    ...list,
    { name: 'probe_http_application_seconds', value: processingSplit.applicationSeconds },
    { name: 'probe_http_edge_seconds', value: processingSplit.edgeSeconds },
  ]
}

function exchangeSamples(http: HttpFacts): Sample[] {
  const list: Sample[] = [
    { name: 'probe_http_status_code', value: http.statusCode },
    { name: 'probe_http_content_length', value: http.contentLengthBytes },
    { name: 'probe_http_uncompressed_body_length', value: http.uncompressedBodyBytes },
    { name: 'probe_http_redirects', value: http.redirects },
    { name: 'probe_http_ssl', value: http.ssl ? 1 : 0 },
    { name: 'probe_http_version', value: http.version },
  ]
  if (http.lastModifiedSeconds !== undefined) {
    list.push({ name: 'probe_http_last_modified_timestamp_seconds', value: http.lastModifiedSeconds })
  }
  list.push({ name: 'probe_failed_due_to_regex', value: http.failedDueToRegex ? 1 : 0 })
  if (http.failedDueToCel !== undefined) {
    list.push({ name: 'probe_failed_due_to_cel', value: http.failedDueToCel ? 1 : 0 })
  }
  return list
}
