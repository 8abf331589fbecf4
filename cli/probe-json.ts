/**
 * What `sonde probe --output json` prints: one object, every key always there, `null` for what was not found.
 * The shape is for scripts: keys are added, never renamed or removed (docs/cli.md). Certificates come as facts, not PEM.
 */
import type { Certificate } from '../prober/net/certificate.ts'
import type { Outcome } from '../prober/net/outcome.ts'
import type { TlsFacts } from '../prober/net/tls.ts'
import type { Hop, HttpFacts, Result } from '../prober/probes/result.ts'

export function probeJson(result: Result, module: string, isVerbose: boolean): string {
  const document = {
    target: result.target,
    module,
    prober: result.prober,
    ...outcome(result.outcome),
    startedAtSeconds: result.startedAtSeconds,
    durationSeconds: result.durationSeconds,
    timeoutSeconds: result.timeoutSeconds,
    phases: result.phases,
    address: result.address ?? null,
    lookupSeconds: result.lookupSeconds ?? null,
    tls: tls(result.tls),
    ...(result.prober === 'http' ? { http: httpJson(result.http) } : {}),
    ...(isVerbose ? { log: result.log } : {}),
  }
  return JSON.stringify(document, undefined, 2)
}

function httpJson(http: HttpFacts) {
  return {
    statusCode: http.statusCode,
    version: http.version,
    ssl: http.ssl,
    contentLengthBytes: http.contentLengthBytes,
    uncompressedBodyBytes: http.uncompressedBodyBytes,
    lastModifiedSeconds: http.lastModifiedSeconds ?? null,
    failedDueToRegex: http.failedDueToRegex,
    failedDueToCel: http.failedDueToCel ?? null,
    redirects: http.redirects,
    hops: http.hops.map(hop),
  }
}

function outcome(result: Outcome) {
  const failure = result.ok ? null : { phase: result.phase, reason: result.reason, message: result.message }
  return { success: result.ok, failure }
}

function hop({ url, address, statusCode, phases, tls: facts }: Hop) {
  return { url, address: address ?? null, statusCode, phases, tls: tls(facts) }
}

function tls(facts: TlsFacts | undefined) {
  if (facts === undefined) return null
  return {
    version: facts.version,
    cipher: facts.cipher,
    alpn: facts.alpn ?? null,
    serverName: facts.serverName,
    verification: outcome(facts.verification),
    peerChain: facts.peerChain.map(certificate),
    verifiedChain: facts.verifiedChain?.map(certificate) ?? null,
  }
}

function certificate(facts: Certificate) {
  return {
    subject: facts.subject,
    issuer: facts.issuer,
    serialNumber: facts.serialNumber,
    fingerprintSha256: facts.fingerprintSha256,
    dnsNames: facts.dnsNames,
    notBeforeSeconds: facts.notBeforeSeconds,
    notAfterSeconds: facts.notAfterSeconds,
  }
}
