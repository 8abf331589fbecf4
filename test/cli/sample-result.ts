/** Results made by hand, for what only shows them. */
import { stripVTControlCharacters } from 'node:util'
import type { Certificate } from '../../prober/net/certificate.ts'
import type { Outcome } from '../../prober/net/outcome.ts'
import type { TlsFacts } from '../../prober/net/tls.ts'
import type { Hop, HttpFacts, HttpResult, PhaseSeconds } from '../../prober/probes/result.ts'

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
  return { url, address: { ip: '127.0.0.1', family: 4 }, statusCode, phases, tls: undefined }
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
      hops: [],
      ...http,
    },
    ...changes,
  }
}

/** What remains on the screen. */
export function withoutColours(text: string): string {
  return stripVTControlCharacters(text)
}
