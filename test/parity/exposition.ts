/** Prometheus' text format 0.0.4, read back: what a prober answered, ready to be compared. */

/** What one prober answered about one target. */
export interface Answer {
  /** HTTP status of `/probe`; 0 when none came in time. */
  readonly status: number
  /** By name and labels, as `probe_success{}` or `probe_failure_info{phase="connect",reason="connect_refused"}`. */
  readonly values: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
  readonly helps: ReadonlyMap<string, string>
}

/** Labels in the order of their names, so that two writers of one series give one identity. */
export function identityOf(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`
}

export function nameOf(identity: string): string {
  return identity.slice(0, identity.indexOf('{'))
}

export function parseExposition(status: number, text: string): Answer {
  const [values, types, helps] = [new Map<string, number>(), new Map<string, string>(), new Map<string, string>()]
  for (const line of text.split('\n')) {
    const [, kind, metric = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === 'TYPE') types.set(metric, rest)
    else if (kind === 'HELP') helps.set(metric, rest)
    else if (line !== '') addSample(values, line)
  }
  return { status, values, types, helps }
}

function addSample(values: Map<string, number>, line: string): void {
  const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`no sample of the text format: ${line}`)
  const identity = identityOf(name, labelsOf(labels))
  if (values.has(identity)) throw new Error(`a series stands there twice: ${line}`)
  values.set(identity, Number(value))
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries(Array.from(pairs, ([, name = '', value = '']) => [name, unescaped(value)]))
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
