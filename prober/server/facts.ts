/** What a probe found, as lines for a person: the command line and the debug page tell the same story. Pure. */
import { statusText } from '../probes/grpc/status.ts'
import {
  type AddressResult,
  type DnsFacts,
  type GrpcFacts,
  type HttpFacts,
  type IcmpFacts,
  type Result,
  type StreamFacts,
  traceOf,
  type WebsocketFacts,
} from '../probes/result.ts'
import { durationText } from './web/words.ts'

/** May hold what the target chose: whoever shows it makes it harmless. */
export type Fact = readonly [name: string, text: string]

/** Of the kind, without what every kind has: address, addresses, TLS. Nothing is said of what was not reached. */
export function factsOf(result: Result): readonly Fact[] {
  return [...factsOfKind(result), ...traceFacts(result)]
}

function factsOfKind(result: Result): readonly Fact[] {
  switch (result.prober) {
    case 'http':
      return httpFacts(result.http)
    case 'tcp':
    case 'unix':
      return streamFacts(result.stream)
    case 'dns':
      return dnsFacts(result.dns)
    case 'icmp':
      return icmpFacts(result.icmp)
    case 'grpc':
      return grpcFacts(result.grpc)
    case 'websocket':
      return websocketFacts(result.websocket)
  }
}

/** `200`, `NXDOMAIN`, `NOT_SERVING`: the one word of an answer that stands beside its outcome; empty: there was none. */
export function answerWord(result: Result): string {
  switch (result.prober) {
    case 'http':
      return codeText(result.http.statusCode)
    case 'websocket':
      return codeText(result.websocket.statusCode)
    case 'dns':
      return result.dns.rcode ?? ''
    case 'grpc':
      return result.grpc.servingStatus ?? ''
    case 'icmp':
      return result.icmp.sent > 1 ? `${result.icmp.received}/${result.icmp.sent}` : ''
    case 'tcp':
    case 'unix':
      return ''
  }
}

function traceFacts(result: Result): readonly Fact[] {
  const trace = traceOf(result)
  return trace === undefined ? [] : [['trace', `${trace.traceId}${trace.sampled ? '' : ', not sampled'}`]]
}

function codeText(statusCode: number): string {
  return statusCode > 0 ? String(statusCode) : ''
}

function httpFacts(http: HttpFacts): readonly Fact[] {
  return [...answerFacts(http), ...applicationFacts(http)]
}

function answerFacts(http: HttpFacts): readonly Fact[] {
  if (http.statusCode === 0) return []
  const version = http.version === 2 ? 'HTTP/2' : `HTTP/${http.version.toFixed(1)}`
  const redirects = http.redirects === 0 ? '' : `, after ${counted(http.redirects, 'redirect')}`
  return [['answer', `${http.statusCode} over ${version}, ${http.uncompressedBodyBytes} bytes${redirects}`]]
}

function applicationFacts({ serverTimings, processingSplit }: HttpFacts): readonly Fact[] {
  const timings = serverTimings.map(({ name, seconds }) => `${name} ${durationText(seconds)}`).join(', ')
  const facts: Fact[] = timings === '' ? [] : [['server says', timings]]
  if (processingSplit !== undefined) {
    const { applicationSeconds, edgeSeconds } = processingSplit
    const whole = durationText(applicationSeconds + edgeSeconds)
    facts.push(['application', `${durationText(applicationSeconds)} of ${whole} processing`])
  }
  return facts
}

function streamFacts({ connected, failedStep, expectInfo }: StreamFacts): readonly Fact[] {
  const labels = Object.entries(expectInfo ?? {}).map(([name, value]) => `${name}=${value}`)
  return [
    // With TLS it counts as connected after the handshake, as in blackbox_exporter: a bare "no" would mislead.
    ...(connected ? [['connected', 'yes'] as const] : []),
    ...failedStepFact(failedStep),
    ...(labels.length === 0 ? [] : [['matched', labels.join(', ')] as const]),
  ]
}

function failedStepFact(step: number | undefined): readonly Fact[] {
  return step === undefined ? [] : [['failed step', `${step} of query_response`]]
}

/** More would push the rest off the screen. */
const MOST_RECORDS = 10

function dnsFacts(dns: DnsFacts): readonly Fact[] {
  const via = dns.transport === undefined ? '' : `, over ${dns.transport}`
  const shown = dns.records.slice(0, MOST_RECORDS)
  const left = dns.answerCount + dns.authorityCount + dns.additionalCount - shown.length
  return [
    ['question', `${dns.queryName} ${dns.queryType}${via}`],
    ...(dns.rcode === undefined ? [] : [['answer', dnsAnswer(dns.rcode, dns)] as const]),
    ...(dns.serial === undefined ? [] : [['serial', String(dns.serial)] as const]),
    ...shown.map((record, index): Fact => [index === 0 ? 'records' : '', record.replace(/\s+/g, ' ').trim()]),
    ...(shown.length > 0 && left > 0 ? [['', `and ${left} more`] as const] : []),
  ]
}

function dnsAnswer(rcode: string, dns: DnsFacts): string {
  const counts = `${dns.answerCount} answer, ${dns.authorityCount} authority, ${dns.additionalCount} additional records`
  return [rcode, counts, ...(dns.authenticated ? ['authenticated'] : []), ...(dns.truncated ? ['truncated'] : [])].join(
    ', ',
  )
}

function icmpFacts({ sent, received, roundTripSeconds, replyHopLimit }: IcmpFacts): readonly Fact[] {
  if (sent === 0) return []
  const loss = `${((100 * (sent - received)) / sent).toFixed(0)} % lost`
  return [
    ['replies', `${received} of ${sent}, ${loss}`],
    ...(roundTripSeconds.length === 0 ? [] : [['round trip', roundTrips(roundTripSeconds)] as const]),
    ...(replyHopLimit === undefined ? [] : [['hop limit', String(replyHopLimit)] as const]),
  ]
}

function roundTrips(seconds: readonly number[]): string {
  if (seconds.length === 1) return durationText(seconds[0] ?? 0)
  const average = seconds.reduce((sum, each) => sum + each, 0) / seconds.length
  const [min, avg, max] = [Math.min(...seconds), average, Math.max(...seconds)].map(durationText)
  return `min ${min}, avg ${avg}, max ${max}`
}

/** Status 0 without a serving status: no call was made. */
function grpcFacts({ statusCode, servingStatus }: GrpcFacts): readonly Fact[] {
  if (statusCode === 0 && servingStatus === undefined) return []
  return [
    ['status', statusText(statusCode)],
    ...(servingStatus === undefined ? [] : [['health', servingStatus] as const]),
  ]
}

function websocketFacts({ upgraded, statusCode, failedStep }: WebsocketFacts): readonly Fact[] {
  if (statusCode === 0) return []
  return [['upgraded', `${upgraded ? 'yes' : 'no'}, answered ${statusCode}`], ...failedStepFact(failedStep)]
}

/** One line for each address of `addresses: any | all`. */
export function addressLines(addresses: readonly AddressResult[]): readonly string[] {
  const ipCells = Math.max(0, ...addresses.map(({ address }) => address.ip.length))
  const words = addresses.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.reason))
  const wordCells = Math.max(0, ...words.map((word) => word.length))
  return addresses.map(
    ({ address, durationSeconds }, index) =>
      `${address.ip.padEnd(ipCells)}  ${(words[index] ?? '').padEnd(wordCells)}  ${durationText(durationSeconds)}`,
  )
}

export function healthyText(addresses: readonly AddressResult[]): string {
  const healthy = addresses.filter(({ outcome }) => outcome.ok).length
  return `${healthy} of ${counted(addresses.length, 'address', 'addresses')} ok`
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
