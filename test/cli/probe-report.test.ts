import { probeJson } from '../../cli/probe-json.ts'
import { probeReport } from '../../cli/probe-report.ts'
import { failure } from '../../prober/net/outcome.ts'
import type { Result } from '../../prober/probes/result.ts'
import { assert, describe } from '../harness.ts'
import {
  DAY_SECONDS,
  SAMPLE_ADDRESSES,
  SAMPLE_DNS,
  SAMPLE_GRPC,
  SAMPLE_ICMP,
  SAMPLE_TCP,
  SAMPLE_WEBSOCKET,
  STARTED_SECONDS,
  sampleCertificate,
  sampleResult,
  sampleTls,
} from './sample-result.ts'

function report(result: Result, changes: { hasColour?: boolean; isVerbose?: boolean } = {}): string {
  return probeReport(result, { columns: 80, hasColour: false, isVerbose: false, ...changes }).join('\n')
}

const expired = failure('tls', 'tls_expired', 'The certificate expired 2 days ago: renew it')
const stale = sampleCertificate({ notAfterSeconds: STARTED_SECONDS - 2 * DAY_SECONDS })

const LINES: readonly (readonly [title: string, result: Result, expected: RegExp])[] = [
  ['success', sampleResult(), /^✓ ok {2}https:\/\/shop\.example\/ {2}after 37\.0 ms$/m],
  [
    'the reason, the phase and the message of a failure',
    sampleResult({ outcome: expired }),
    /^✗ tls_expired {2}\S+ {2}in tls after 37\.0 ms\n {2}The certificate expired 2 days ago: renew it$/m,
  ],
  [
    'the limit of a timeout',
    sampleResult({ outcome: failure('connect', 'connect_timeout', 'No answer') }),
    /in connect after 37\.0 ms of 5\.00 s$/m,
  ],
  ['each phase with its time', sampleResult(), /^ {2}processing {4}20\.0 ms {2} +█/m],
  ['the total', sampleResult(), /^ {2}total {9}37\.0 ms$/m],
  ['the answer', sampleResult(), /^ {2}answer {7}200 over HTTP\/2, 12 bytes$/m],
  ['HTTP/1.0 as such', sampleResult({ http: { version: 1 } }), /200 over HTTP\/1\.0,/],
  ['how many redirects led there', sampleResult({ http: { redirects: 1 } }), /, after 1 redirect$/m],
  [
    'what the server says of its time, and whose the wait was',
    sampleResult({
      http: {
        serverTimings: [
          { name: 'db', seconds: 0.0004 },
          { name: 'app', seconds: 0.0012 },
        ],
        processingSplit: { applicationSeconds: 0.0012, edgeSeconds: 0.0022 },
      },
    }),
    /^ {2}server says {2}db 400 µs, app 1\.20 ms\n {2}application {2}1\.20 ms of 3\.40 ms processing$/m,
  ],
  ['the trace', sampleResult({ http: { traceId: 'ab'.repeat(16), traceSampled: true } }), /^ {2}trace {8}(ab){16}$/m],
  ['that the trace is not sampled', sampleResult({ http: { traceId: 'ab'.repeat(16) } }), /(ab){16}, not sampled$/m],
  ['the address', sampleResult({ address: { ip: '::1', family: 6 } }), /^ {2}address {6}::1 \(IPv6\)$/m],
  ['the TLS version, cipher and ALPN', sampleResult(), /^ {2}tls {10}TLS 1\.3, TLS_AES_128_GCM_SHA256, h2$/m],
  [
    'what is left of the certificate, in whole days',
    sampleResult(),
    /^ {2}lifetime {5}59 days left, 67 % of its lifetime$/m,
  ],
  [
    'since when it is expired',
    sampleResult({ tls: sampleTls(stale, expired) }),
    /^ {2}lifetime {5}ended 2\.0 days ago$/m,
  ],
  [
    'when it will begin',
    sampleResult({ tls: sampleTls(sampleCertificate({ notBeforeSeconds: STARTED_SECONDS + 7200 })) }),
    /starts in 2\.0 hours$/m,
  ],
  ['whom the chain leads to', sampleResult(), /^ {2}chain {8}1 certificate sent, trusted by CN=Example CA$/m],
  [
    'why the chain is not trusted',
    sampleResult({ tls: sampleTls(stale, expired) }),
    /1 certificate sent, not trusted: tls_expired$/m,
  ],
  ['tcp: that it connected', SAMPLE_TCP, /^ {2}connected {4}yes$/m],
  ['tcp: the step that failed', SAMPLE_TCP, /^ {2}failed step {2}2 of query_response$/m],
  ['tcp: what was matched before', SAMPLE_TCP, /^ {2}matched {6}version=1\.2, name=mail$/m],
  ['tcp: the dialogue as a bar', SAMPLE_TCP, /^ {2}dialogue {6}30\.0 ms +█/m],
  ['dns: the question', SAMPLE_DNS, /^ {2}question {5}shop\.example\. AAAA, over udp$/m],
  [
    'dns: the answer',
    SAMPLE_DNS,
    /^ {2}answer {7}NOERROR, 12 answer, 1 authority, 0 additional records, authenticated$/m,
  ],
  ['dns: the serial', SAMPLE_DNS, /^ {2}serial {7}2026112101$/m],
  ['dns: records, their tabs as blanks', SAMPLE_DNS, /^ {2}records {6}shop\.example\. 60 IN AAAA fd00::0\n {15}shop/m],
  [
    'dns: EDNS, which has lines of its own, in one line',
    { ...SAMPLE_DNS, dns: { ...SAMPLE_DNS.dns, records: ['\n;; OPT PSEUDOSECTION:\n; EDNS: version 0'] } },
    /^ {2}records {6};; OPT PSEUDOSECTION: ; EDNS: version 0$/m,
  ],
  ['dns: how many more records there are', SAMPLE_DNS, /^ {15}and 3 more$/m],
  ['icmp: the loss', SAMPLE_ICMP, /^ {2}replies {6}3 of 4, 25 % lost$/m],
  ['icmp: the round trips', SAMPLE_ICMP, /^ {2}round trip {3}min 600 µs, avg 1\.20 ms, max 2\.00 ms$/m],
  ['icmp: the hop limit', SAMPLE_ICMP, /^ {2}hop limit {4}57$/m],
  ['grpc: the status of the call', SAMPLE_GRPC, /^ {2}status {7}OK \(0\)$/m],
  ['grpc: what the service says of itself', SAMPLE_GRPC, /^ {2}health {7}NOT_SERVING$/m],
  ['websocket: that it was upgraded', SAMPLE_WEBSOCKET, /^ {2}upgraded {5}yes, answered 101$/m],
  ['websocket: the step that failed', SAMPLE_WEBSOCKET, /^ {2}failed step {2}1 of query_response$/m],
  [
    'each address',
    sampleResult({ addresses: SAMPLE_ADDRESSES }),
    /^ {2}addresses {4}1 of 2 addresses ok\n {15}10\.0\.0\.1 {3}ok {15}12\.0 ms\n {15}10\.0\.0\.22 {2}connect_refused {2}1\.00 ms$/m,
  ],
]

describe('probe report', (test) => {
  for (const [title, result, expected] of LINES) test(`shows ${title}`, () => assert.match(report(result), expected))

  test('says nothing of an answer, a certificate or an address that there was not', () => {
    const phases = { resolve: 0.1 }
    const outcome = failure('resolve', 'dns_nxdomain', 'There is no such name')
    const text = report(sampleResult({ outcome, phases, tls: undefined, address: undefined, http: { statusCode: 0 } }))
    assert.not.match(text, /answer|address|certificate|chain/)
  })

  test('colours appear only when they are wanted', () => {
    assert.not.ok(report(sampleResult()).includes('\x1b'))
    assert.ok(report(sampleResult(), { hasColour: true }).includes('\x1b[32m✓ ok'))
  })

  test('nothing that the target chose can move the cursor or turn the text around', () => {
    const evil = '\x1b]0;owned\x07\r\n\u202e\x9b'
    const certificate = sampleCertificate({ subject: evil, issuer: evil, dnsNames: [evil] })
    const log = [{ atSeconds: 0, level: 'info', message: evil, fields: { header: evil } }] as const
    const outcome = failure('check', 'http_status', evil)
    const text = report(sampleResult({ target: evil, outcome, log, tls: sampleTls(certificate, outcome) }), {
      isVerbose: true,
    })
    assert.not.match(text, /(?!\n)\p{C}/u)
    assert.not.match(text, /^owned/m)
  })

  test('the log is shown when asked for', () => {
    const log = [{ atSeconds: 0.01, level: 'info', message: 'Resolved', fields: { ip: '127.0.0.1' } }] as const
    assert.match(report(sampleResult({ log }), { isVerbose: true }), /10\.0 ms info {2}Resolved ip="127\.0\.0\.1"$/m)
    assert.not.match(report(sampleResult({ log })), /Resolved/)
  })
})

describe('probe JSON', (test) => {
  test('has every key always, null for what was not found, and no PEM', () => {
    const bare = sampleResult({ tls: undefined, address: undefined, lookupSeconds: undefined })
    const full = JSON.parse(probeJson(sampleResult(), 'web', false))
    const empty = JSON.parse(probeJson(bare, 'web', false))
    assert.equal(Object.keys(full), Object.keys(empty))
    assert.equal([empty.tls, empty.address, empty.lookupSeconds, empty.failure], [null, null, null, null])
    assert.is(full.module, 'web')
    assert.is(full.tls.peerChain[0].subject, 'CN=shop.example')
    assert.not.match(JSON.stringify(full), /BEGIN|pem/)
  })

  test('a failure has its phase, reason and message', () => {
    const { success, failure: told } = JSON.parse(probeJson(sampleResult({ outcome: expired }), 'web', false))
    assert.is(success, false)
    assert.equal(told, { phase: 'tls', reason: 'tls_expired', message: 'The certificate expired 2 days ago: renew it' })
  })

  test('what each kind found has its name as key', () => {
    for (const result of [SAMPLE_TCP, SAMPLE_DNS, SAMPLE_ICMP, SAMPLE_GRPC, SAMPLE_WEBSOCKET]) {
      const document = JSON.parse(probeJson(result, 'm', false))
      assert.is(document.prober, result.prober)
      assert.type(document[result.prober], 'object')
      assert.not('http' in document)
    }
    assert.is(JSON.parse(probeJson(SAMPLE_TCP, 'm', false)).tcp.failedStep, 2)
    assert.is(JSON.parse(probeJson(SAMPLE_ICMP, 'm', false)).icmp.roundTripSeconds.length, 3)
  })

  test('each address has its verdict; null when only one was wanted', () => {
    const { addresses } = JSON.parse(probeJson(sampleResult({ addresses: SAMPLE_ADDRESSES }), 'm', false))
    assert.equal([addresses[0].ip, addresses[0].success], ['10.0.0.1', true])
    assert.is(addresses[1].failure.reason, 'connect_refused')
    assert.is(JSON.parse(probeJson(sampleResult(), 'm', false)).addresses, null)
  })

  test('the log is there when asked for', () => {
    assert.equal(JSON.parse(probeJson(sampleResult(), 'web', true)).log, [])
    assert.not('log' in JSON.parse(probeJson(sampleResult(), 'web', false)))
  })
})
