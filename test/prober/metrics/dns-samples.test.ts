import { failure } from '../../../prober/net/outcome.ts'
import { samples } from '../../../prober/metrics/samples.ts'
import type { DnsFacts, DnsResult } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { success, tlsFacts } from './results.ts'

const ANSWERED: DnsFacts = {
  queryName: 'example.test',
  queryType: 'SOA',
  transport: 'tls',
  querySucceeded: true,
  rcode: 'NOERROR',
  answerCount: 1,
  authorityCount: 2,
  additionalCount: 3,
  serial: 2026010203,
  authenticated: true,
  truncated: false,
  records: [],
}

function result(dns: Partial<DnsFacts> = {}, changes: Partial<DnsResult> = {}): DnsResult {
  const { http: _http, hops: _hops, ...base } = { ...success(), hops: undefined }
  const phases = { resolve: 0.001, connect: 0.002, tls: 0.004, processing: 0.02, transfer: 0.003 }
  return { ...base, phases, ...changes, prober: 'dns', dns: { ...ANSWERED, ...dns } }
}

/** `name{labels} value` of what a dns probe adds to every probe's. */
function dnsLines(of: DnsResult): string[] {
  return samples(of)
    .filter(({ name }) => name.startsWith('probe_dns_'))
    .map(({ name, labels, value }) => `${name}${labels === undefined ? '' : JSON.stringify(labels)} ${value}`)
}

describe('samples of a DNS probe', (test) => {
  test('are those of blackbox_exporter and a few more', () => {
    assert.equal(dnsLines(result()), [
      'probe_dns_lookup_time_seconds 0.001',
      'probe_dns_duration_seconds{"phase":"resolve"} 0.001',
      'probe_dns_duration_seconds{"phase":"connect"} 0.006',
      'probe_dns_duration_seconds{"phase":"request"} 0.023',
      'probe_dns_answer_rrs 1',
      'probe_dns_authority_rrs 2',
      'probe_dns_additional_rrs 3',
      'probe_dns_query_succeeded 1',
      'probe_dns_serial 2026010203',
      'probe_dns_query_info{"query_name":"example.test","query_type":"SOA","rcode":"NOERROR","transport":"tls"} 1',
      'probe_dns_authenticated 1',
    ])
  })

  test('before anything was asked, three phases of nothing and four zeros', () => {
    const nothing = { transport: undefined, querySucceeded: false, rcode: undefined, serial: undefined }
    const counts = { answerCount: 0, authorityCount: 0, additionalCount: 0 }
    const outcome = failure('prepare', 'target_invalid', 'The target is empty')
    const none = { outcome, phases: {}, address: undefined, lookupSeconds: undefined }
    assert.equal(dnsLines(result({ ...nothing, ...counts }, none)), [
      'probe_dns_duration_seconds{"phase":"resolve"} 0',
      'probe_dns_duration_seconds{"phase":"connect"} 0',
      'probe_dns_duration_seconds{"phase":"request"} 0',
      'probe_dns_answer_rrs 0',
      'probe_dns_authority_rrs 0',
      'probe_dns_additional_rrs 0',
      'probe_dns_query_succeeded 0',
      'probe_dns_query_info{"query_name":"example.test","query_type":"SOA","rcode":"","transport":""} 1',
    ])
  })

  test('show the certificate of DNS over TLS and HTTPS', () => {
    const names = samples(result({}, { tls: tlsFacts() })).map(({ name }) => name)
    assert.ok(names.includes('probe_ssl_earliest_cert_expiry'))
    assert.ok(names.includes('probe_tls_version_info'))
  })
})
