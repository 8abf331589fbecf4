/** Parts of descriptions, in Go's templates: `$labels` are those of the alert, and `query` asks once more. */
import { series, type SeriesName } from './promql.ts'

/** The target; with its job, since names are unique within one. */
export const TARGET = '{{ $labels.instance }}'

/** `%q` writes a label as Go quotes it, which is how PromQL reads it. */
function ask(name: SeriesName, ...labels: readonly string[]): string {
  const selector = series(name, ...labels.map((label) => `${label}=%q`))
  return `printf ${backquoted(selector)} ${labels.map((label) => `$labels.${label}`).join(' ')} | query`
}

function backquoted(text: string): string {
  return `\`${text}\``
}

/** Nothing where the prober gives no reason, as blackbox_exporter gives none. */
const OBSERVER =
  '{{ with .Labels.vantage }} (seen from {{ . }}){{ end }}{{ with .Labels.pod }} (seen by {{ . }}){{ end }}'
export const REASONS = `{{ range ${ask('probe_failure_info', 'job', 'instance')} }} Reason: {{ .Labels.reason }}, in the phase {{ .Labels.phase }}${OBSERVER}.{{ end }}`

export const STATUS_CODES = `{{ range ${ask('probe_http_status_code', 'job', 'instance')} }} It answered {{ .Value }}${OBSERVER}.{{ end }}`

export const BLAME = `{{ range ${ask('probe_path_blame_info', 'job', 'path')} }} To blame: the hop {{ .Labels.hop }} of the path {{ .Labels.path }}, {{ .Labels.reason }}.{{ end }}`

export const PERCENT = '{{ $value | humanizePercentage }}'
export const DURATION = '{{ $value | humanizeDuration }}'
