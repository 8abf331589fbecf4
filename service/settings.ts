/** The environment, read and checked once: everything else sees typed settings with units in their names. */
import { isIP } from 'node:net'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Settings {
  readonly port: number
  /** undefined: every address of both families, or of IPv4 alone on a machine without IPv6. */
  readonly host: string | undefined
  readonly helloText: string
  readonly version: string
  readonly description: string
  readonly commitSha: string
  readonly logLevel: LogLevel
  /** How long requests are still taken after readiness has gone, so that every load balancer has seen it go. */
  readonly drainSeconds: number
  /** How long requests in flight may then take before their connections are cut. */
  readonly graceSeconds: number
}

export type Environment = Readonly<Record<string, string | undefined>>
export type SettingsRead =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly errors: readonly string[] }

/** The Kubernetes default for the whole of a pod's end is 30 s: drain and grace fit in it with room for the exit. */
const DRAIN_SECONDS = 5
const GRACE_SECONDS = 20
const LONGEST_SECONDS = 3600
const LONGEST_TEXT = 10_000

/** An empty variable counts as unset, as in OpenTelemetry's rules: a blank value in a ConfigMap means the default. */
export function readSettings(environment: Environment): SettingsRead {
  const errors: string[] = []
  const read = <T>(name: string, preset: T, parse: (text: string) => T | undefined, write: string): T => {
    const text = environment[name]
    if (text === undefined || text === '') return preset
    const value = parse(text)
    if (value === undefined) errors.push(`${name}: found ${quoted(text)}; write ${write}`)
    return value ?? preset
  }
  const seconds = `a number of seconds from 0 to ${LONGEST_SECONDS}, without a unit, as in 5`
  const settings: Settings = {
    port: read('PORT', 5000, port, 'a whole number from 0 (any free port) to 65535, as in 5000'),
    host: read<string | undefined>('HOST', undefined, host, 'an IP address or a host name, as in 0.0.0.0 or ::'),
    helloText: read('HELLO_TEXT', 'Hello World!', shortText, `at most ${LONGEST_TEXT} characters`),
    version: read('APP_VERSION', '1.0', label, 'printable characters on one line, 100 at most, as in 1.0'),
    description: read(
      'APP_DESCRIPTION',
      'pre-interview technical test',
      label,
      'printable characters on one line, 100 at most',
    ),
    commitSha: read('APP_COMMIT_SHA', 'unknown', sha, '7 to 64 hexadecimal digits, as in abc12345678'),
    logLevel: read('LOG_LEVEL', 'info', logLevel, `one of ${LOG_LEVELS.join(', ')}`),
    drainSeconds: read('SHUTDOWN_DRAIN_SECONDS', DRAIN_SECONDS, upToAnHour, seconds),
    graceSeconds: read('SHUTDOWN_GRACE_SECONDS', GRACE_SECONDS, upToAnHour, seconds),
  }
  return errors.length === 0 ? { ok: true, settings } : { ok: false, errors }
}

function port(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined
}

/** RFC 1123 §2.1 for names. Brackets belong to URLs, not to addresses. */
function host(text: string): string | undefined {
  const name = /^(?!-)[a-z\d-]{1,63}(\.[a-z\d-]{1,63})*$/i
  const looksNumeric = /^[\d.]+$/.test(text)
  return isIP(text) !== 0 || (!looksNumeric && name.test(text) && text.length <= 253) ? text : undefined
}

function shortText(text: string): string | undefined {
  return text.length <= LONGEST_TEXT ? text : undefined
}

function label(text: string): string | undefined {
  return /^[\P{C}]{1,100}$/u.test(text) ? text : undefined
}

function sha(text: string): string | undefined {
  return /^[\da-f]{7,64}$/i.test(text) ? text : undefined
}

function logLevel(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === text.toLowerCase())
}

function upToAnHour(text: string): number | undefined {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return value <= LONGEST_SECONDS ? value : undefined
}

/** JSON's quotes, so that a line break in a value cannot forge a second message. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
