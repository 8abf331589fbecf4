/** Parts of descriptions, in Go's templates: `$labels` are those of the alert, and `query` asks once more. */
import { series, type SeriesName } from './promql.ts'

/** The target; with its job, since names are unique within one. */
export const TARGET = '{{ $labels.instance }}'

/** `%q` writes a label as Go quotes it, which is how PromQL reads it. `values`: parts of a template. */
function ask(name: SeriesName, labels: Readonly<Record<string, string>>): string {
  const selector = series(name, ...Object.keys(labels).map((label) => `${label}=%q`))
  return `printf ${'`'}${selector}${'`'} ${Object.values(labels).join(' ')} | query`
}

const OWN = { job: '$labels.job', instance: '$labels.instance' }
const OWN_PATH = { job: '$labels.job', path: '$labels.path' }
const OBSERVER =
  '{{ with .Labels.vantage }} (seen from {{ . }}){{ end }}{{ with .Labels.pod }} (seen by {{ . }}){{ end }}'

/** Nothing where the prober gives no reason, as blackbox_exporter gives none. */
export const REASONS = `{{ range ${ask('probe_failure_info', OWN)} }} Reason: {{ .Labels.reason }}, in the phase {{ .Labels.phase }}${OBSERVER}.{{ end }}`

export const STATUS_CODES = `{{ range ${ask('probe_http_status_code', OWN)} }} It answered {{ .Value }}${OBSERVER}.{{ end }}`

/** Several probers say the same: the first will do. */
function askFirst(name: SeriesName, labels: Readonly<Record<string, string>>, then: string): string {
  return `{{ with ${ask(name, labels)} }}{{ with . | first }}${then}{{ end }}{{ end }}`
}

export const BLAME_REASON = askFirst(
  'probe_path_blame_info',
  { ...OWN_PATH, hop: '$labels.hop' },
  ': {{ .Labels.reason }}',
)

/** Of a hop, which is a target named `<path>/<hop>`; nothing of any other. */
export const BLAME_OF_TARGET = askFirst(
  'probe_path_blame_info',
  { job: '$labels.job', path: '(reReplaceAll "/[^/]*$" "" $labels.instance)' },
  ' To blame: the hop {{ .Labels.hop }} of the path {{ .Labels.path }}, {{ .Labels.reason }}.',
)

export const PERCENT = '{{ $value | humanizePercentage }}'
export const DURATION = '{{ $value | humanizeDuration }}'
