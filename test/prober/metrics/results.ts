/** Results made by hand, for tests of everything behind the probes. */
import type { Target } from '../../../prober/config/schema.ts'
import type { Certificate } from '../../../prober/net/certificate.ts'
import { createTables, type Row } from '../../../prober/metrics/table.ts'
import { failure } from '../../../prober/net/outcome.ts'
import type { TlsFacts } from '../../../prober/net/tls.ts'
import type { Hop, HttpFacts, HttpResult } from '../../../prober/probes/result.ts'

export const NOW_SECONDS = 1_800_000_000

const NO_ANSWER: HttpFacts = {
  statusCode: 0,
  contentLengthBytes: 0,
  uncompressedBodyBytes: 0,
  redirects: 0,
  ssl: false,
  version: 0,
  failedDueToRegex: false,
  failedDueToCel: undefined,
  lastModifiedSeconds: undefined,
  serverTimings: [],
  processingSplit: undefined,
  traceId: undefined,
  traceSampled: false,
  hops: [],
}

export function hop(changes: Partial<Hop> = {}): Hop {
  return {
    url: 'http://example.test/',
    method: 'GET',
    startSeconds: 0,
    address: { ip: '127.0.0.1', family: 4 },
    statusCode: 200,
    phases: { resolve: 0.001, connect: 0.002, processing: 0.02, transfer: 0.003 },
    tls: undefined,
    spanId: undefined,
    ...changes,
  }
}

export function success(changes: Partial<HttpResult> = {}): HttpResult {
  return {
    prober: 'http',
    outcome: { ok: true },
    target: 'http://example.test/',
    startedAtSeconds: NOW_SECONDS,
    durationSeconds: 0.0265,
    timeoutSeconds: 9.5,
    phases: { resolve: 0.001, connect: 0.002, processing: 0.02, transfer: 0.003, other: 0.0005 },
    address: { ip: '127.0.0.1', family: 4 },
    lookupSeconds: 0.001,
    log: [{ atSeconds: 0.001, level: 'info', message: 'Probe succeeded', fields: {} }],
    tls: undefined,
    http: {
      ...NO_ANSWER,
      statusCode: 200,
      contentLengthBytes: 12,
      uncompressedBodyBytes: 12,
      version: 1.1,
      hops: [hop()],
    },
    ...changes,
  }
}

/** No such name: nothing was dialled. */
export function unresolved(): HttpResult {
  return success({
    outcome: failure('resolve', 'dns_nxdomain', 'example.test does not exist'),
    phases: { resolve: 0.001 },
    durationSeconds: 0.001,
    address: undefined,
    http: NO_ANSWER,
  })
}

export function refused(): HttpResult {
  return success({
    outcome: failure('connect', 'connect_refused', '127.0.0.1:1 refused the connection'),
    http: { ...NO_ANSWER, hops: [hop({ statusCode: 0, phases: { resolve: 0.001, connect: 0.002 } })] },
  })
}

export function certificate(changes: Partial<Certificate> = {}): Certificate {
  return {
    subject: 'CN=example.test,O=A\\, "b"',
    issuer: 'CN=Example CA',
    serialNumber: '1f',
    fingerprintSha256: 'ab'.repeat(32),
    dnsNames: ['example.test', 'www.example.test'],
    notBeforeSeconds: NOW_SECONDS - 75,
    notAfterSeconds: NOW_SECONDS + 25,
    pem: () => '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    ...changes,
  }
}

export function tlsFacts(changes: Partial<TlsFacts> = {}): TlsFacts {
  const leaf = certificate()
  return {
    version: 'TLS 1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    alpn: 'http/1.1',
    serverName: 'example.test',
    peerChain: [leaf],
    verifiedChain: [leaf, certificate({ subject: 'CN=Example CA', notAfterSeconds: NOW_SECONDS + 10 })],
    verification: { ok: true },
    ...changes,
  }
}

export function target(changes: Partial<Target> = {}): Target {
  return {
    name: 'web',
    address: 'http://example.test/',
    module: 'http_2xx',
    intervalSeconds: 10,
    labels: {},
    ...changes,
  }
}

export async function tableText(rows: readonly Row[]): Promise<string> {
  using table = await createTables()(rows, 'text')
  return table.pieces.join('')
}
