/** Which blackbox.yml loads: the real blackbox_exporter's `--config.check` and Sonde's loader, over one list of files. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { describeWithPrograms, findProgram, startProgram } from '../programs.ts'
import { makeFolder } from './side-by-side.ts'

const BOTH_LOAD: readonly string[] = [
  'modules: { m: { prober: http } }',
  'modules: { m: { prober: tcp, timeout: 1m30s } }',
  'modules: { m: { prober: icmp } }',
  'modules: { m: { prober: grpc } }',
  'modules: { m: { prober: unix } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: SVCB } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [{ labels: [{ name: a, value: b }] }] } } }',
  'modules: { m: { prober: tcp, tcp: { tls: true, query_response: [{ starttls: true }] } } }',
  'modules: { m: { prober: tcp, tcp: { preferred_ip_protocol: nonsense } } }',
  'modules: { m: { prober: tcp, tcp: { tls: "yes" } } }',
  'modules: { m: { prober: tcp, tcp: { tls: yes } } }',
  'modules: { m: { prober: dns } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: AXFR } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: OPT } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_class: ANY } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_class: NONE } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, dns_over_tls: true, transport_protocol: tcp } } }',
  'modules: { m: { prober: icmp, icmp: { ttl: 0 } } }',
  'modules: { m: { prober: icmp, icmp: { ttl: 255 } } }',
  'modules: { m: { prober: icmp, icmp: { dont_fragment: true, preferred_ip_protocol: ip6 } } }',
  'modules: { m: { prober: grpc, grpc: { service: 1 } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { a: [b] } } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { A: [b] } } } }',
  'modules: { m: { prober: grpc, grpc: { tls_config: { ca_file: not-there.pem } } } }',
  'modules: { m: { prober: http, tcp: { tls: true }, icmp: { ttl: 5 } } }',
  'modules: { m: { prober: http, timeout: 1h30m } }',
  'modules: { m: { prober: http, timeout: +5s } }',
  'modules: { m: { prober: http, http: { method: "" } } }',
  'modules: { m: { prober: http, http: { headers: { Keep-Alive: a, Expect: b } } } }',
  'modules: { m: { prober: http, http: { http_headers: { A: } } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [{ expect: a, labels: [{ name: "0a", value: b }] }] } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [{ expect: a, labels: [{ name: a }] }, { expect: b, labels: [{ name: c, value: d }] }] } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [null, { send: a }] } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { grpc-timeout: [c], ":authority": [d], e: } } } }',
  '---\nmodules: { m: { prober: http } }\n---\n# no more\n',
  'modules: {}',
]

const BOTH_REFUSE: readonly string[] = [
  'modules: { m: { prober: tcp, tcp: { query_response: [{ expect: "(" }] } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [{ expect: a, expect_bytes: b }] } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [{ wait: a }] } } }',
  'modules: { m: { prober: tcp, tcp: { nonsense: 1 } } }',
  'modules: { m: { prober: tcp, tcp: { tls_config: { min_version: TLS9 } } } }',
  'modules: { m: { prober: tcp, tcp: { tls_config: { cert_file: a } } } }',
  'modules: { m: { prober: unix, unix: { query_response: [{ expect: "(" }] } } }',
  'modules: { m: { prober: unix, unix: { source_ip_address: 127.0.0.1 } } }',
  'modules: { m: { prober: unix, unix: { preferred_ip_protocol: ip4 } } }',
  'modules: { m: { prober: unix, unix: { nonsense: 1 } } }',
  'modules: { m: { prober: dns, dns: {} } }',
  'modules: { m: { prober: dns, dns: { query_name: "" } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: NONSENSE } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_class: NONSENSE } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, validate_answer_rrs: { nonsense: [a] } } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, validate_additional_rrs: { fail_if_not_matches: [a] } } } }',
  'modules: { m: { prober: icmp, icmp: { ttl: 256 } } }',
  'modules: { m: { prober: icmp, icmp: { ttl: -1 } } }',
  'modules: { m: { prober: icmp, icmp: { nonsense: 1 } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { a: b } } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { a: "" } } } }',
  'modules: { m: { prober: tcp, tcp: { query_response: [""] } } }',
  'modules: { m: { prober: grpc, grpc: { nonsense: 1 } } }',
  'modules: { m: { prober: http, http: { fail_if_body_matches_regexp: ["("] } } }',
  'modules: { m: { prober: http, http: { nonsense: 1 } } }',
  'modules: { m: { prober: http, http: { body: a, body_file: b } } }',
  'modules: { m: { prober: http, http: { compression: gzip, headers: { Accept-Encoding: identity } } } }',
  'modules: { m: { prober: http, http: { basic_auth: { username: a }, authorization: { credentials: b } } } }',
  'modules: { m: { prober: http, http: { http_headers: { Authorization: { values: [a] } } } } }',
  'modules: { m: { prober: http, http: { proxy_connect_header: { a: [b] } } } }',
  'modules: { m: { prober: http, http: { no_proxy: a } } }',
  'modules: { m: { prober: http, http: { fail_if_header_matches: [{ header: a }] } } }',
  'modules: { m: { prober: http, http: { fail_if_body_json_matches_cel: "body.a ==" } } }',
  'modules: { m: { prober: http, http: { body_size_limit: 1 } } }',
  'modules: { m: { prober: http, http: { enable_http3: true } } }',
  'modules: { m: { prober: http, http: { valid_status_codes: ["200"] } } }',
  'modules: { m: { prober: http, http: { valid_status_codes: 200 } } }',
  'modules: { m: { prober: http, http: { headers: [a] } } }',
  'modules: { m: { prober: tcp, icmp: { ttl: 500 } } }',
  'modules: { m: { prober: http, timeout: 5 } }',
  'modules: { m: { prober: http, timeout: 1d } }',
  'modules: { m: { prober: http, retries: 5 } }',
  '',
  'module: {}',
  'modules: []',
  'modules:\n  a: { prober: http }\n  a: { prober: tcp }',
  'modules:\n\ta: 1',
]

/** Their probes would fail or crash there, but for HTTP/3; docs/compatibility.md, "Files that load there and not here". */
const ONLY_BLACKBOX_LOADS: readonly string[] = [
  'modules: { m: { prober: tcp, tcp: { query_response: [{ expect: a, labels: [{ name: a, value: b }, { name: a, value: c }] }] } } }',
  'modules: { m: { prober: tcp, tcp: { source_ip_address: nonsense } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, transport_protocol: sctp } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, transport_protocol: TCP } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, transport_protocol: udp4 } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, dns_over_tls: true } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, dns_over_tls: true, transport_protocol: udp } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, valid_rcodes: [] } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, valid_rcodes: [NONSENSE] } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, validate_answer_rrs: { fail_if_matches_regexp: ["("] } } } }',
  'modules: { m: { prober: dns, dns: { query_name: a..b } } }',
  'modules: { m: { prober: icmp, icmp: { payload_size: -1 } } }',
  'modules: { m: { prober: icmp, icmp: { payload_size: 70000 } } }',
  'modules: { m: { prober: icmp, icmp: { source_ip_address: nonsense } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { "a b": [c] } } } }',
  'modules: { m: { prober: grpc, grpc: { metadata: { a: [é] } } } }',
  'modules: { m: { prober: http, http: { compression: nonsense } } }',
  'modules: { m: { prober: http, http: { enable_http3: true, enable_http2: false } } }',
  'modules: { m: { prober: nonsense } }',
  'modules: { m: { prober: HTTP } }',
  'modules: { m: { timeout: 5s } }',
  'modules: { m: { prober: http, timeout: -5s } }',
]

const ONLY_SONDE_LOADS: readonly string[] = [
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: mx } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_type: TYPE65280 } } }',
  'modules: { m: { prober: dns, dns: { query_name: a, query_class: ch } } }',
]

const AT_ONCE = 4

const FILES = [
  ...BOTH_LOAD.map((text) => ({ text, sonde: true, blackbox: true })),
  ...BOTH_REFUSE.map((text) => ({ text, sonde: false, blackbox: false })),
  ...ONLY_BLACKBOX_LOADS.map((text) => ({ text, sonde: false, blackbox: true })),
  ...ONLY_SONDE_LOADS.map((text) => ({ text, sonde: true, blackbox: false })),
]

async function loadsInBlackbox(file: string): Promise<boolean> {
  const program = findProgram('blackbox_exporter') ?? ''
  await using checked = await startProgram(program, ['--config.check', `--config.file=${file}`])
  return (await checked.ended) === 0
}

describeWithPrograms('files beside blackbox_exporter', ['blackbox_exporter'], (test) => {
  test(`${FILES.length} files load and are refused as expected`, async () => {
    await using folder = await makeFolder()
    const wrong: string[] = []
    const queue = FILES.entries()
    const worker = async () => {
      for (const [index, { text, sonde, blackbox }] of queue) {
        const file = join(folder.path, `${index}.yml`)
        await writeFile(file, text)
        const loaded = await parseConfig(text, file)
        if (loaded.ok !== sonde) wrong.push(`Sonde ${loaded.ok ? 'loads' : `refuses (${loaded.errors})`}: ${text}`)
        const isLoaded = await loadsInBlackbox(file)
        if (isLoaded !== blackbox) wrong.push(`blackbox_exporter ${isLoaded ? 'loads' : 'refuses'}: ${text}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    assert.equal(wrong, [])
  })
})
