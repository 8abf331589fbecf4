import { type Metric, PROBE_METRICS } from '../../../prober/metrics/catalogue.ts'
import { type Sample, samples } from '../../../prober/metrics/samples.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { PHASES_OF, type Result } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { certificate, hop, NOW_SECONDS, refused, success, tlsFacts, unresolved } from './results.ts'

function find(list: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) {
  const found = list.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels?.[label] === value),
  )
  return found?.value
}

const namesOf = (result: Result) => new Set(samples(result).map(({ name }) => name as string))

function secure(changes: Parameters<typeof tlsFacts>[0] = {}) {
  const result = success()
  return success({ tls: tlsFacts(changes), http: { ...result.http, ssl: true } })
}

const RESULTS: readonly (readonly [string, Result])[] = [
  ['a success', success()],
  ['an unknown name', unresolved()],
  ['a refused connection', refused()],
  ['TLS', secure()],
  ['TLS not verified', secure({ verifiedChain: undefined, verification: failure('tls', 'tls_unknown_ca', 'unknown') })],
  ['a redirect', success({ http: { ...success().http, redirects: 1, hops: [hop(), hop({ statusCode: 302 })] } })],
]

describe('samples', (test) => {
  for (const [title, result] of RESULTS) {
    test(`names, labels and grouping follow the catalogue: ${title}`, () => {
      const seen = new Set<string>()
      let previous = ''
      for (const { name, labels = {} } of samples(result)) {
        const metric: Metric = PROBE_METRICS[name]
        assert.equal(Object.keys(labels).sort(), [...(metric.labels ?? [])].sort(), name)
        const series = name + JSON.stringify(labels)
        assert.not(seen.has(series), `${series} comes twice`)
        assert.ok(name === previous || ![...seen].some((other) => other.startsWith(`${name}{`)), `${name} is scattered`)
        seen.add(series)
        previous = name
      }
    })
    test(`phases add up to the duration: ${title}`, () => {
      const list = samples(result).filter(({ name }) => name === 'probe_phase_duration_seconds')
      assert.equal(
        list.map(({ labels }) => labels?.phase),
        [...PHASES_OF.http],
      )
      const sum = list.reduce((total, { value }) => total + value, 0)
      assert.ok(Math.abs(sum - result.durationSeconds) < 1e-9, `${sum} of ${result.durationSeconds}`)
    })
  }

  test('a success has no failure info, a failure has one with phase and reason', () => {
    assert.not(namesOf(success()).has('probe_failure_info'))
    assert.is(find(samples(refused()), 'probe_failure_info', { phase: 'connect', reason: 'connect_refused' }), 1)
    assert.is(find(samples(refused()), 'probe_success'), 0)
  })

  test('without an address, protocol and hash are 0 and of the phases only the lookup is shown', () => {
    const list = samples(unresolved())
    assert.is(find(list, 'probe_ip_protocol'), 0)
    assert.is(find(list, 'probe_ip_addr_hash'), 0)
    assert.is(find(list, 'probe_dns_lookup_time_seconds'), 0.001)
    assert.is(find(list, 'probe_http_status_code'), 0)
    assert.is(list.filter(({ name }) => name === 'probe_http_duration_seconds').length, 1)
    assert.is(find(list, 'probe_http_duration_seconds', { phase: 'resolve' }), unresolved().phases.resolve)
  })

  test('nothing is said of an address when none was looked for', () => {
    const list = samples(success({ address: undefined, lookupSeconds: undefined }))
    assert.is(find(list, 'probe_ip_protocol'), undefined)
    assert.is(find(list, 'probe_http_duration_seconds', { phase: 'resolve' }), undefined)
    assert.is(find(list, 'probe_http_duration_seconds', { phase: 'connect' }), 0.002)
  })

  test('a refused connection shows every phase of blackbox_exporter, those not reached as 0', () => {
    const phases = samples(refused()).filter(({ name }) => name === 'probe_http_duration_seconds')
    assert.equal(
      phases.map(({ labels }) => labels?.phase),
      ['resolve', 'connect', 'tls', 'processing', 'transfer'],
    )
    assert.is(find(samples(refused()), 'probe_http_duration_seconds', { phase: 'tls' }), 0)
  })

  test('the address hash is the one that blackbox_exporter gives', () => {
    // Seen from blackbox_exporter 0.28 for http://127.0.0.1/.
    assert.is(find(samples(success()), 'probe_ip_addr_hash'), 3668918509)
  })

  test('CEL and Last-Modified are shown only when there is something to say', () => {
    assert.not(namesOf(success()).has('probe_failed_due_to_cel'))
    assert.not(namesOf(success()).has('probe_http_last_modified_timestamp_seconds'))
    const http = { ...success().http, failedDueToCel: true, lastModifiedSeconds: 0 }
    assert.is(find(samples(success({ http })), 'probe_failed_due_to_cel'), 1)
    assert.is(find(samples(success({ http })), 'probe_http_last_modified_timestamp_seconds'), 0)
  })

  test('a certificate without a readable date says who it is, not when it ends', () => {
    const undated = certificate({ notAfterSeconds: Number.NaN })
    const list = samples(secure({ peerChain: [undated], verifiedChain: undefined }))
    assert.is(find(list, 'probe_ssl_last_chain_info'), 1)
    assert.is(find(list, 'probe_ssl_earliest_cert_expiry'), undefined)
    assert.not(list.some(({ value }) => Number.isNaN(value)))
    const mixed = samples(secure({ peerChain: [undated, certificate({ notAfterSeconds: 7e9 })] }))
    assert.is(find(mixed, 'probe_ssl_earliest_cert_expiry'), 7e9)
  })

  test('a certificate is shown also when it was refused, but no chain expiry then', () => {
    const list = samples(secure({ verifiedChain: undefined, verification: failure('tls', 'tls_expired', 'expired') }))
    assert.is(find(list, 'probe_ssl_verified'), 0)
    assert.is(find(list, 'probe_ssl_earliest_cert_expiry'), NOW_SECONDS + 25)
    assert.is(find(list, 'probe_ssl_last_chain_expiry_timestamp_seconds'), undefined)
  })

  test('chain expiry is that of the chain element that expires first', () => {
    assert.is(find(samples(secure()), 'probe_ssl_last_chain_expiry_timestamp_seconds'), NOW_SECONDS + 10)
  })

  const lifetimes: readonly (readonly [string, number, number, number])[] = [
    ['a quarter left', -75, 25, 0.25],
    ['expired for half its life', -150, -50, -0.5],
    ['not valid yet', 10, 110, 1.1],
    ['a life of no length', 0, 0, 0],
    ['an end before its start', 10, -10, 0],
  ]
  for (const [title, notBefore, notAfter, ratio] of lifetimes) {
    test(`lifetime remaining: ${title}`, () => {
      const leaf = certificate({ notBeforeSeconds: NOW_SECONDS + notBefore, notAfterSeconds: NOW_SECONDS + notAfter })
      const long = certificate({ notAfterSeconds: NOW_SECONDS + 1e9 })
      assert.is(find(samples(secure({ peerChain: [long, leaf] })), 'probe_ssl_cert_lifetime_remaining_ratio'), ratio)
    })
  }

  test('leaf labels come from the leaf, not from what expires first', () => {
    const root = certificate({ subject: 'CN=Root', dnsNames: [], notAfterSeconds: NOW_SECONDS - 1 })
    const labels = { subject: 'CN=example.test,O=A\\, "b"', subjectalternative: 'example.test,www.example.test' }
    assert.is(find(samples(secure({ peerChain: [certificate(), root] })), 'probe_ssl_last_chain_info', labels), 1)
  })

  test('a handshake without a certificate gives no certificate metrics', () => {
    const names = namesOf(secure({ peerChain: [], version: '', cipher: '' }))
    assert.equal(
      [...names].filter((name) => /_ssl_(?!$)|_tls_/.test(name) && name !== 'probe_http_ssl'),
      [],
    )
  })

  test('times that the server tells are shown by name, and the split of processing only when there is one', () => {
    assert.equal(
      [...namesOf(success())].filter((name) => /server_timing|application|edge/.test(name)),
      [],
    )
    const serverTimings = [
      { name: 'db', seconds: 0.003 },
      { name: 'app', seconds: 0.012 },
    ]
    const told = { ...success().http, serverTimings }
    const list = samples(success({ http: told }))
    assert.is(find(list, 'probe_http_server_timing_seconds', { timing: 'db' }), 0.003)
    assert.is(find(list, 'probe_http_application_seconds'), undefined)
    const split = { ...told, processingSplit: { applicationSeconds: 0.012, edgeSeconds: 0.008 } }
    assert.is(find(samples(success({ http: split })), 'probe_http_application_seconds'), 0.012)
    assert.is(find(samples(success({ http: split })), 'probe_http_edge_seconds'), 0.008)
  })

  test('hops are shown only after a redirect', () => {
    assert.not(namesOf(success()).has('probe_http_hop_duration_seconds'))
    const http = { ...success().http, hops: [hop({ phases: { connect: 1 } }), hop({ phases: { connect: 2, tls: 3 } })] }
    const list = samples(success({ http }))
    assert.is(find(list, 'probe_http_hop_duration_seconds', { hop: '1', phase: 'tls' }), 3)
    assert.is(find(list, 'probe_http_hop_duration_seconds', { hop: '0', phase: 'connect' }), 1)
  })
})
