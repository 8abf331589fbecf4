import { type DestinationStream, type Logger, pino } from 'pino'
import { type Disturbance, disturbanceText } from '../probes/disturbance.ts'
import { type Result, traceOf } from '../probes/result.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export const LOG_FORMATS = ['logfmt', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  write(text: string): void
}

/** Keys as blackbox_exporter writes them: time, level in capitals, msg, then the rest. */
export function createLogger({ level, format, write }: LogOptions): Logger {
  const destination: DestinationStream = { write: format === 'json' ? write : (line) => write(logfmt(line)) }
  const formatters = { level: (label: string) => ({ level: label.toUpperCase() }) }
  return pino({ level, formatters, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}

/** One line per probe; with `debug` also for those that succeeded, and with what the probe noted on its way. */
export type LogSink = (module: string, result: Result, scheduled?: Scheduled) => void

interface Scheduled {
  /** The target's name, by which the line is found that belongs to a series: two targets may have one address. */
  readonly instance: string
  /** Of the whole run, as the metrics have it. */
  readonly disturbance: Disturbance | undefined
}

export function createLogSink(logger: Logger, level: LogLevel): LogSink {
  const log = logger.child({}, { level })
  return (module, result, scheduled) => {
    const { outcome, target, durationSeconds } = result
    const asked = { ...(scheduled === undefined ? {} : { instance: scheduled.instance }), module, target }
    const marks = () => marksOf(result, scheduled === undefined ? result.disturbance : scheduled.disturbance)
    if (outcome.ok) {
      if (!log.isLevelEnabled('debug')) return
      log.debug({ ...asked, duration_seconds: durationSeconds, ...marks() }, 'Probe succeeded')
    } else {
      const { phase, reason, message } = outcome
      log.error(
        { ...asked, duration_seconds: durationSeconds, ...marks(), phase, reason, err: message },
        'Probe failed',
      )
    }
    if (!log.isLevelEnabled('debug')) return
    for (const line of result.log) log.debug({ ...asked, ...line.fields, probe_level: line.level }, line.message)
  }
}

/** The trace under the key by which log tools find it, what held the prober up under the name of its metric. */
function marksOf(
  result: Result,
  disturbance: Disturbance | undefined,
): { readonly trace_id?: string; readonly prober_overloaded?: string } {
  const trace = traceOf(result)
  return {
    ...(trace === undefined ? {} : { trace_id: trace.traceId }),
    ...(disturbance === undefined ? {} : { prober_overloaded: disturbanceText(disturbance) }),
  }
}

const FIRST = ['time', 'level', 'msg'] as const

function logfmt(json: string): string {
  const record: Record<string, unknown> = JSON.parse(json)
  const rest = Object.keys(record).filter((key) => !(FIRST as readonly string[]).includes(key))
  return `${[...FIRST, ...rest].map((key) => `${key}=${logfmtValue(record[key])}`).join(' ')}\n`
}

/** Quoted as JSON quotes wherever a bare word would be misread, so that a hostile target cannot start a line of its own. */
export function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  if (text !== '' && /^[^\s"=\\\p{C}]+$/u.test(text)) return text
  // JSON leaves C1 controls and marks that turn text around as they are; a terminal obeys them.
  return JSON.stringify(text).replace(/\p{C}/gu, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
}
