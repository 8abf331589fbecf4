/**
 * What `sonde probe --output json` prints: one object, every key always there, `null` for what was not found.
 * The shape is for scripts: keys are added, never renamed or removed (docs/cli.md). Certificates come as facts, not PEM.
 */
import type { Certificate } from '../prober/net/certificate.ts'
import type { Outcome } from '../prober/net/outcome.ts'
import type { TlsFacts } from '../prober/net/tls.ts'
import type {
  AddressResult,
  DnsFacts,
  GrpcFacts,
  Hop,
  HttpFacts,
  IcmpFacts,
  Result,
  StreamFacts,
  WebsocketFacts,
} from '../prober/probes/result.ts'

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
    addresses: result.addresses?.map(addressJson) ?? null,
    tls: tls(result.tls),
    ...factsJson(result),
    ...(isVerbose ? { log: result.log } : {}),
  }
  return JSON.stringify(document, undefined, 2)
}

/** Under the name of the kind. */
function factsJson(result: Result) {
  switch (result.prober) {
    case 'http':
      return { http: httpJson(result.http) }
    case 'tcp':
      return { tcp: streamJson(result.stream) }
    case 'unix':
      return { unix: streamJson(result.stream) }
    case 'dns':
      return { dns: dnsJson(result.dns) }
    case 'icmp':
      return { icmp: icmpJson(result.icmp) }
    case 'grpc':
      return { grpc: grpcJson(result.grpc) }
    case 'websocket':
      return { websocket: websocketJson(result.websocket) }
  }
}

function streamJson(stream: StreamFacts) {
  return {
    connected: stream.connected,
    failedDueToRegex: stream.failedDueToRegex,
    failedDueToBytes: stream.failedDueToBytes,
    failedStep: stream.failedStep ?? null,
    expectInfo: stream.expectInfo ?? null,
  }
}

function dnsJson(dns: DnsFacts) {
  return {
    queryName: dns.queryName,
    queryType: dns.queryType,
    transport: dns.transport ?? null,
    querySucceeded: dns.querySucceeded,
    rcode: dns.rcode ?? null,
    answerCount: dns.answerCount,
    authorityCount: dns.authorityCount,
    additionalCount: dns.additionalCount,
    serial: dns.serial ?? null,
    authenticated: dns.authenticated,
    truncated: dns.truncated,
    records: dns.records,
  }
}

function icmpJson(icmp: IcmpFacts) {
  return {
    packetCount: icmp.packetCount,
    sent: icmp.sent,
    received: icmp.received,
    roundTripSeconds: icmp.roundTripSeconds,
    replyHopLimit: icmp.replyHopLimit ?? null,
  }
}

function grpcJson(grpc: GrpcFacts) {
  return {
    ssl: grpc.ssl,
    statusCode: grpc.statusCode,
    servingStatus: grpc.servingStatus ?? null,
    ...traceJson(grpc.trace),
  }
}

function websocketJson(websocket: WebsocketFacts) {
  return {
    upgraded: websocket.upgraded,
    statusCode: websocket.statusCode,
    failedDueToRegex: websocket.failedDueToRegex,
    failedStep: websocket.failedStep ?? null,
    ...traceJson(websocket.trace),
  }
}

function traceJson(trace: GrpcFacts['trace']) {
  return { traceId: trace?.traceId ?? null, spanId: trace?.spanId ?? null, traceSampled: trace?.sampled ?? false }
}

function addressJson({ address, outcome: verdict, durationSeconds, phases }: AddressResult) {
  return { ...address, ...outcome(verdict), durationSeconds, phases }
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
    serverTimings: http.serverTimings,
    processingSplit: http.processingSplit ?? null,
    traceId: http.traceId ?? null,
    traceSampled: http.traceSampled,
    redirects: http.redirects,
    hops: http.hops.map(hop),
  }
}

function outcome(result: Outcome) {
  const failure = result.ok ? null : { phase: result.phase, reason: result.reason, message: result.message }
  return { success: result.ok, failure }
}

function hop({ url, method, startSeconds, address, statusCode, phases, tls: facts, spanId }: Hop) {
  const answer = { address: address ?? null, statusCode, phases, tls: tls(facts), spanId: spanId ?? null }
  return { url, method, startSeconds, ...answer }
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
