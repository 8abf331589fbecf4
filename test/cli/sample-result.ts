/** Results made by hand, for what only shows them. */
import { stripVTControlCharacters } from 'node:util'
import type { Certificate } from '../../prober/net/certificate.ts'
import { failure, type Outcome } from '../../prober/net/outcome.ts'
import type { TlsFacts } from '../../prober/net/tls.ts'
import type {
  AddressResult,
  DnsResult,
  GrpcResult,
  Hop,
  HttpFacts,
  HttpResult,
  IcmpResult,
  PhaseSeconds,
  ResultBase,
  TcpResult,
  WebsocketResult,
} from '../../prober/probes/result.ts'

/** 2026-11-21T09:30:00Z. */
export const STARTED_SECONDS = 1_795_253_400
export const DAY_SECONDS = 86_400

export function sampleCertificate(changes: Partial<Certificate> = {}): Certificate {
  return {
    subject: 'CN=shop.example',
    issuer: 'CN=Example CA',
    serialNumber: 'a1b2',
    fingerprintSha256: 'ff00',
    dnsNames: ['shop.example'],
    notBeforeSeconds: STARTED_SECONDS - 30 * DAY_SECONDS,
    notAfterSeconds: STARTED_SECONDS + 60 * DAY_SECONDS,
    pem: () => '-----BEGIN CERTIFICATE-----',
    ...changes,
  }
}

export function sampleTls(certificate = sampleCertificate(), verification: Outcome = { ok: true }): TlsFacts {
  return {
    version: 'TLS 1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    alpn: 'h2',
    serverName: 'shop.example',
    peerChain: [certificate],
    verifiedChain: verification.ok ? [certificate, sampleCertificate({ subject: 'CN=Example CA' })] : undefined,
    verification,
  }
}

export function sampleHop(url: string, phases: PhaseSeconds, statusCode = 200): Hop {
  return {
    url,
    method: 'GET',
    startSeconds: 0,
    address: { ip: '127.0.0.1', family: 4 },
    statusCode,
    phases,
    tls: undefined,
    spanId: undefined,
  }
}

interface Changes extends Partial<Omit<HttpResult, 'http'>> {
  readonly http?: Partial<HttpFacts>
}

export function sampleResult({ http, ...changes }: Changes = {}): HttpResult {
  const phases = { resolve: 0.001, connect: 0.002, tls: 0.01, processing: 0.02, transfer: 0.003, other: 0.001 }
  return {
    prober: 'http',
    outcome: { ok: true },
    target: 'https://shop.example/',
    startedAtSeconds: STARTED_SECONDS,
    durationSeconds: Object.values(changes.phases ?? phases).reduce((sum, seconds) => sum + seconds, 0),
    timeoutSeconds: 5,
    phases,
    address: { ip: '127.0.0.1', family: 4 },
    lookupSeconds: 0.001,
    log: [],
    tls: sampleTls(),
    http: {
      statusCode: 200,
      contentLengthBytes: 12,
      uncompressedBodyBytes: 12,
      redirects: 0,
      ssl: true,
      version: 2,
      failedDueToRegex: false,
      failedDueToCel: undefined,
      lastModifiedSeconds: undefined,
      serverTimings: [],
      processingSplit: undefined,
      traceId: undefined,
      traceSampled: false,
      hops: [],
      ...http,
    },
    ...changes,
  }
}

function sampleBase(target: string, phases: PhaseSeconds, changes: Partial<ResultBase> = {}): ResultBase {
  return {
    outcome: { ok: true },
    target,
    startedAtSeconds: STARTED_SECONDS,
    durationSeconds: Object.values(phases).reduce((sum, seconds) => sum + seconds, 0),
    timeoutSeconds: 5,
    phases,
    address: { ip: '127.0.0.1', family: 4 },
    lookupSeconds: 0.001,
    log: [],
    tls: undefined,
    ...changes,
  }
}

/** The second step did not find what it expected. */
export const SAMPLE_TCP: TcpResult = {
  ...sampleBase(
    'mail.example:25',
    { resolve: 0.001, connect: 0.002, dialogue: 0.03, other: 0 },
    { outcome: failure('dialogue', 'dialogue_mismatch', 'Step 2 expected "^250", and found "503 no"') },
  ),
  prober: 'tcp',
  stream: {
    connected: true,
    failedDueToRegex: true,
    failedDueToBytes: false,
    expectInfo: { version: '1.2', name: 'mail' },
    failedStep: 2,
  },
}

export const SAMPLE_DNS: DnsResult = {
  ...sampleBase('10.0.0.10', { connect: 0.001, processing: 0.012, transfer: 0, check: 0.001, other: 0 }),
  prober: 'dns',
  dns: {
    queryName: 'shop.example.',
    queryType: 'AAAA',
    transport: 'udp',
    querySucceeded: true,
    rcode: 'NOERROR',
    answerCount: 12,
    authorityCount: 1,
    additionalCount: 0,
    serial: 2026112101,
    authenticated: true,
    truncated: false,
    records: Array.from({ length: 13 }, (_, index) => `shop.example.\t60\tIN\tAAAA\tfd00::${index}`),
  },
}

export const SAMPLE_ICMP: IcmpResult = {
  ...sampleBase('router.example', { resolve: 0.001, setup: 0.0005, rtt: 0.9, other: 0 }),
  prober: 'icmp',
  icmp: { packetCount: 4, sent: 4, received: 3, roundTripSeconds: [0.002, 0.001, 0.0006], replyHopLimit: 57 },
}

export const SAMPLE_GRPC: GrpcResult = {
  ...sampleBase(
    'api.example:443',
    { resolve: 0.001, connect: 0.002, tls: 0.01, processing: 0.02, transfer: 0.001, other: 0 },
    { outcome: failure('check', 'grpc_not_serving', 'The service says NOT_SERVING'), tls: sampleTls() },
  ),
  prober: 'grpc',
  grpc: { ssl: true, statusCode: 0, servingStatus: 'NOT_SERVING' },
}

export const SAMPLE_WEBSOCKET: WebsocketResult = {
  ...sampleBase(
    'ws://chat.example/',
    { resolve: 0.001, connect: 0.002, processing: 0.02, dialogue: 0.005, other: 0 },
    { outcome: failure('dialogue', 'dialogue_timeout', 'Step 1 waited for "pong"') },
  ),
  prober: 'websocket',
  websocket: { upgraded: true, statusCode: 101, failedDueToRegex: false, failedStep: 1 },
}

export const SAMPLE_ADDRESSES: readonly AddressResult[] = [
  {
    address: { ip: '10.0.0.1', family: 4 },
    outcome: { ok: true },
    durationSeconds: 0.012,
    phases: { connect: 0.002, processing: 0.01 },
  },
  {
    address: { ip: '10.0.0.22', family: 4 },
    outcome: failure('connect', 'connect_refused', '10.0.0.22:443 refused the connection'),
    durationSeconds: 0.001,
    phases: { connect: 0.001 },
  },
]

/** What remains on the screen. */
export function withoutColours(text: string): string {
  return stripVTControlCharacters(text)
}
