import { moduleSummary } from '../../cli/module-summary.ts'
import { parseConfig } from '../../prober/config/load.ts'
import { assert, describe } from '../harness.ts'

/** A module as the file has it, in YAML's flow form, and what is said of it. */
const MODULES: readonly (readonly [yaml: string, summary: string])[] = [
  ['{prober: http}', 'http, GET, 2xx'],
  [
    '{prober: http, timeout: 5s, http: {method: POST, valid_status_codes: [200, 404], follow_redirects: false}}',
    'http, POST, 200 404, redirects not followed, timeout 5s',
  ],
  [
    '{prober: http, http: {fail_if_body_matches_regexp: [a, b], fail_if_body_json_matches_cel: "true"}}',
    'http, GET, 2xx, 3 matchers',
  ],
  [
    '{prober: http, http: {basic_auth: {username: u, password: hunter2}, proxy_url: "http://p:1", tls_config: {insecure_skip_verify: true}}}',
    'http, GET, 2xx, credentials (basic), by proxy, any certificate',
  ],
  ['{prober: tcp}', 'tcp'],
  ['{prober: tcp, tcp: {tls: true, query_response: [{send: hunter2}]}}', 'tcp, TLS, 1 step'],
  ['{prober: tcp, tcp: {query_response: [{expect: a}, {starttls: true}]}}', 'tcp, STARTTLS, 2 steps'],
  ['{prober: tcp, resolver: "10.0.0.10", addresses: all}', 'tcp, all of the addresses, names from 10.0.0.10 port 53'],
  ['{prober: tcp, tcp: {source_ip_address: 127.0.0.2}}', 'tcp, from 127.0.0.2'],
  ['{prober: unix}', 'unix'],
  ['{prober: dns, dns: {query_name: a.example, query_type: AAAA}}', 'dns, a.example AAAA over udp'],
  [
    '{prober: dns, dns: {query_name: a.example, query_type: A, transport_protocol: tcp, dns_over_tls: true}}',
    'dns, a.example A over tls',
  ],
  ['{prober: icmp}', 'icmp'],
  ['{prober: grpc}', 'grpc, the whole server'],
  ['{prober: grpc, grpc: {service: a.B, tls: true, metadata: {token: [hunter2]}}}', 'grpc, TLS, service a.B'],
  ['{prober: websocket, websocket: {query_response: [{send: hunter2}]}}', 'websocket, 1 step'],
]

describe('summary of a module', (test) => {
  for (const [yaml, summary] of MODULES) {
    test(`${yaml} is ${JSON.stringify(summary)}`, async () => {
      const loaded = await parseConfig(`modules: {m: ${yaml}}`, 'test.yml')
      if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
      const module = loaded.config.modules.get('m')
      assert.is(module === undefined ? undefined : moduleSummary(module), summary)
    })
  }
})
