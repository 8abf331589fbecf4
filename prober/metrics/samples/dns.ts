import type { Phase } from '../../net/outcome.ts'
import type { DnsFacts, DnsResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

/** blackbox_exporter's phases, and what of ours each of them holds. */
const DURATIONS = [
  ['resolve', ['resolve']],
  ['connect', ['connect', 'tls']],
  ['request', ['processing', 'transfer']],
] as const satisfies readonly (readonly [string, readonly Phase[]])[]

export function dnsSamples(result: DnsResult): Sample[] {
  return [
    ...addressSamples(result),
    ...durationSamples(result),
    ...replySamples(result.dns),
    ...querySamples(result.dns),
    ...tlsSamples(result),
  ]
}

function durationSamples({ phases }: DnsResult): Sample[] {
  return DURATIONS.map(([phase, ours]) => {
    const value = ours.reduce((sum, each) => sum + (phases[each] ?? 0), 0)
    return { name: 'probe_dns_duration_seconds', value, labels: { phase } }
  })
}

function replySamples(dns: DnsFacts): Sample[] {
  const list: Sample[] = [
    { name: 'probe_dns_answer_rrs', value: dns.answerCount },
    { name: 'probe_dns_authority_rrs', value: dns.authorityCount },
    { name: 'probe_dns_additional_rrs', value: dns.additionalCount },
    { name: 'probe_dns_query_succeeded', value: dns.querySucceeded ? 1 : 0 },
  ]
  if (dns.serial !== undefined) list.push({ name: 'probe_dns_serial', value: dns.serial })
  return list
}

/** `rcode` and `transport` are empty without an answer, and before anything was asked. */
function querySamples({ queryName, queryType, rcode, transport, ...dns }: DnsFacts): Sample[] {
  const labels = { query_name: queryName, query_type: queryType, rcode: rcode ?? '', transport: transport ?? '' }
  const list: Sample[] = [{ name: 'probe_dns_query_info', value: 1, labels }]
  if (dns.querySucceeded) list.push({ name: 'probe_dns_authenticated', value: dns.authenticated ? 1 : 0 })
  return list
}
