/** What `sonde probe` shows a person. Pure: a Result becomes lines. */
import type { Certificate } from '../prober/net/certificate.ts'
import type { TlsFacts } from '../prober/net/tls.ts'
import type { LogLine, Result } from '../prober/probes/result.ts'
import { addressLines, type Fact, factsOf, healthyText } from '../prober/server/facts.ts'
import { type Paint, painter, printable } from './terminal.ts'
import { milliseconds, waterfall } from './waterfall.ts'

export interface ReportOptions {
  readonly columns: number
  readonly hasColour: boolean
  readonly isVerbose: boolean
}

const DAY_SECONDS = 86_400
const FACT_CELLS = 13

export function probeReport(result: Result, { columns, hasColour, isVerbose }: ReportOptions): readonly string[] {
  const paint = painter(hasColour)
  return [
    headline(result, paint),
    ...(result.outcome.ok ? [] : [`  ${printable(result.outcome.message)}`]),
    '',
    ...waterfall(result, columns, paint),
    `  ${paint('bold', 'total'.padEnd(10))}  ${milliseconds(result.durationSeconds).padStart(9)}`,
    '',
    ...facts(result).map(([name, text]) => `  ${paint('dim', name.padEnd(FACT_CELLS))}${printable(text)}`),
    ...(isVerbose ? ['', ...result.log.map(logLine)] : []),
  ]
}

function headline({ outcome, target, durationSeconds, timeoutSeconds }: Result, paint: Paint): string {
  const what = outcome.ok ? paint('green', '✓ ok') : paint('red', `✗ ${outcome.reason}`)
  const when = outcome.ok ? '' : `in ${outcome.phase} `
  const limit = !outcome.ok && outcome.reason.endsWith('_timeout') ? ` of ${milliseconds(timeoutSeconds)}` : ''
  return `${what}  ${paint('bold', printable(target))}  ${when}after ${milliseconds(durationSeconds)}${limit}`
}

function facts(result: Result): readonly Fact[] {
  const { address, addresses, tls } = result
  const nowSeconds = result.startedAtSeconds + result.durationSeconds
  return [
    ...factsOf(result),
    ...(address === undefined ? [] : [['address', `${address.ip} (IPv${address.family})`] as const]),
    ...(addresses === undefined ? [] : [['addresses', healthyText(addresses)] as const]),
    ...(addresses === undefined ? [] : addressLines(addresses).map((line): Fact => ['', line])),
    ...(tls === undefined ? [] : tlsFacts(tls, nowSeconds)),
  ]
}

function tlsFacts(tls: TlsFacts, nowSeconds: number): readonly Fact[] {
  const leaf = tls.peerChain[0]
  return [
    ['tls', [tls.version, tls.cipher, ...(tls.alpn === undefined ? [] : [tls.alpn])].join(', ')],
    ...(leaf === undefined ? [] : certificateFacts(leaf, nowSeconds)),
    ['chain', chain(tls)],
  ]
}

function certificateFacts(leaf: Certificate, nowSeconds: number): readonly Fact[] {
  const names = leaf.dnsNames.length > 0 ? ` for ${leaf.dnsNames.slice(0, 5).join(', ')}` : ''
  const more = leaf.dnsNames.length > 5 ? ` and ${leaf.dnsNames.length - 5} more` : ''
  return [
    ['certificate', `${leaf.subject}${names}${more}`],
    ['issued by', leaf.issuer],
    ['lifetime', lifetime(leaf, nowSeconds)],
  ]
}

function lifetime({ notBeforeSeconds, notAfterSeconds }: Certificate, nowSeconds: number): string {
  if (nowSeconds < notBeforeSeconds) return `starts in ${days(notBeforeSeconds - nowSeconds)}`
  const leftSeconds = notAfterSeconds - nowSeconds
  if (leftSeconds <= 0) return `ended ${days(-leftSeconds)} ago`
  const share = (100 * leftSeconds) / (notAfterSeconds - notBeforeSeconds)
  return `${days(leftSeconds)} left, ${share.toFixed(0)} % of its lifetime`
}

function days(seconds: number): string {
  const count = seconds / DAY_SECONDS
  if (count < 1) return `${(seconds / 3600).toFixed(1)} hours`
  // Whole days that are left, the same number as the status page's.
  return `${count < 10 ? count.toFixed(1) : Math.floor(count)} days`
}

function chain({ verification, verifiedChain, peerChain }: TlsFacts): string {
  const sent = `${peerChain.length} certificate${peerChain.length === 1 ? '' : 's'} sent`
  if (!verification.ok) return `${sent}, not trusted: ${verification.reason}`
  return verifiedChain === undefined ? sent : `${sent}, trusted by ${verifiedChain.at(-1)?.subject ?? 'a known root'}`
}

function logLine({ atSeconds, level, message, fields }: LogLine): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return `  ${printable([milliseconds(atSeconds).padStart(9), level.padEnd(5), message, ...pairs].join(' '))}`
}
