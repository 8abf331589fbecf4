import type { LogLine } from './result.ts'
import type { Stopwatch } from './stopwatch.ts'

/** Keeps what a probe did for the debug page. Whoever writes a line masks what is secret in it. */
export interface ProbeLog {
  readonly lines: readonly LogLine[]
  debug(message: string, fields?: LogLine['fields']): void
  info(message: string, fields?: LogLine['fields']): void
  error(message: string, fields?: LogLine['fields']): void
}

const NO_FIELDS: LogLine['fields'] = {}

export function createLog(watch: Stopwatch): ProbeLog {
  const lines: LogLine[] = []
  const add = (level: LogLine['level'], message: string, fields: LogLine['fields']) => {
    lines.push({ atSeconds: watch.secondsSinceStart(), level, message, fields })
  }
  return {
    lines,
    debug: (message, fields = NO_FIELDS) => add('debug', message, fields),
    info: (message, fields = NO_FIELDS) => add('info', message, fields),
    error: (message, fields = NO_FIELDS) => add('error', message, fields),
  }
}
