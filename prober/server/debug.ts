/** What `/probe?debug=true` and `/logs` answer: made when someone asks, never kept. */
import { render } from '../metrics/exposition.ts'
import { overloadedSample, samples } from '../metrics/samples.ts'
import { PHASES } from '../net/outcome.ts'
import { disturbanceText } from '../probes/disturbance.ts'
import { type AddressResult, hopsOf, type LogLine, type PhaseSeconds, type Result } from '../probes/result.ts'
import { logfmtValue } from '../sinks/log.ts'
import { addressLines, type Fact, factsOf, healthyText } from './facts.ts'
import { durationText } from './web/words.ts'

export interface Explained {
  readonly module: string
  readonly moduleYaml: string
  readonly result: Result
}

/** blackbox_exporter's three headings in its order, then ours. */
export function debugText({ module, moduleYaml, result }: Explained): string {
  return [
    section('Logs for the probe:', logText(module, result)),
    section(
      'Metrics that would have been returned:',
      harmless(render([...samples(result), overloadedSample(result)], 'text')),
    ),
    section('Module configuration:', moduleYaml),
    section('Phases:', phasesText(result)),
    ...optionalSection('What was found:', foundText(result)),
    ...(result.addresses === undefined ? [] : [section('Addresses:', addressesText(result.addresses))]),
    ...(result.tls === undefined ? [] : [section('Certificate chain:', chainText(result))]),
  ].join('\n\n\n')
}

function section(heading: string, text: string): string {
  return `${heading}\n${text.trimEnd()}\n`
}

function optionalSection(heading: string, text: string): readonly string[] {
  return text === '' ? [] : [section(heading, text)]
}

const NAME_CELLS = 13

function foundText(result: Result): string {
  const facts: readonly Fact[] = [
    ...factsOf(result),
    ...(result.address === undefined
      ? []
      : [['address', `${result.address.ip} (IPv${result.address.family})`] as const]),
    ...disturbanceFact(result),
    ...(result.prober === 'icmp' ? roundTripFacts(result.icmp.roundTripSeconds) : []),
  ]
  return facts.map(([name, text]) => `${name.padEnd(NAME_CELLS)}${oneLine(text)}`).join('\n')
}

function disturbanceFact({ disturbance }: Result): readonly Fact[] {
  if (disturbance === undefined) return []
  return [['prober', `was held up by ${disturbanceText(disturbance)}: times may be its own`]]
}

function roundTripFacts(seconds: readonly number[]): readonly Fact[] {
  return seconds.length < 2 ? [] : seconds.map((each, index): Fact => [`reply ${index + 1}`, durationText(each)])
}

function addressesText(addresses: readonly AddressResult[]): string {
  const failures = addresses.flatMap(({ address, outcome }) =>
    outcome.ok ? [] : [`${address.ip}: ${oneLine(outcome.message)}`],
  )
  return [healthyText(addresses), ...addressLines(addresses), ...failures].join('\n')
}

function logText(module: string, result: Result): string {
  return result.log.map((line) => logLine(line, module, result)).join('\n')
}

function logLine({ atSeconds, level, message, fields }: LogLine, module: string, result: Result): string {
  const pairs = {
    time: new Date((result.startedAtSeconds + atSeconds) * 1000).toISOString(),
    level: level.toUpperCase(),
    msg: message,
    module,
    target: result.target,
    ...fields,
  }
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${logfmtValue(value)}`)
    .join(' ')
}

const BAR_WIDTH = 40

function phasesText(result: Result): string {
  const { phases, durationSeconds } = result
  const whole = timeline(phases, durationSeconds)
  const asked = hopsOf(result)
  if (asked.length < 2) return whole
  const hops = asked.map(
    (hop, index) => `hop ${index}: ${hop.statusCode} ${oneLine(hop.url)}\n${timeline(hop.phases, durationSeconds)}`,
  )
  return [whole, ...hops].join('\n\n')
}

/** Each bar starts where the phase before it ended. */
function timeline(phases: PhaseSeconds, durationSeconds: number): string {
  const column = (seconds: number) => (durationSeconds > 0 ? Math.round((seconds / durationSeconds) * BAR_WIDTH) : 0)
  let before = 0
  return PHASES.flatMap((phase) => {
    const seconds = phases[phase]
    if (seconds === undefined) return []
    const bar = ' '.repeat(column(before)) + '█'.repeat(Math.max(0, column(before + seconds) - column(before)))
    before += seconds
    return [`${phase.padEnd(10)} ${(seconds * 1000).toFixed(3).padStart(12)} ms  ${bar}`.trimEnd()]
  }).join('\n')
}

function chainText({ tls }: Result): string {
  if (tls === undefined) return ''
  const verdict = tls.verification.ok ? 'verified' : `not verified: ${tls.verification.message}`
  const certificates = tls.peerChain.map(
    (certificate, index) =>
      `${index} subject=${logfmtValue(certificate.subject)} issuer=${logfmtValue(certificate.issuer)} ` +
      `not_before=${date(certificate.notBeforeSeconds)} not_after=${date(certificate.notAfterSeconds)}\n` +
      certificate.pem().trim(),
  )
  return [oneLine(verdict), ...certificates].join('\n')
}

/** A certificate may carry any date; those that JavaScript has no name for are shown as they are. */
function date(seconds: number): string {
  const day = new Date(seconds * 1000)
  return Number.isNaN(day.getTime()) ? String(seconds) : day.toISOString()
}

/** Labels may hold what the target chose, and a person reads this in a terminal. */
function harmless(lines: string): string {
  return lines.replace(/[^\P{C}\n]/gu, '\u{fffd}')
}

function oneLine(text: string): string {
  return text.replace(/\p{C}/gu, '\u{fffd}')
}
