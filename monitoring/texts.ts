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
const OBSERVER =
  '{{ with .Labels.vantage }} (seen from {{ . }}){{ end }}{{ with .Labels.pod }} (seen by {{ . }}){{ end }}'

/** Nothing where the prober gives no reason, as blackbox_exporter gives none. */
export const REASONS = `{{ range ${ask('probe_failure_info', OWN)} }} Reason: {{ .Labels.reason }}, in the phase {{ .Labels.phase }}${OBSERVER}.{{ end }}`

export const STATUS_CODES = `{{ range ${ask('probe_http_status_code', OWN)} }} It answered {{ .Value }}${OBSERVER}.{{ end }}`

function blameOf(path: string): string {
  const asked = ask('probe_path_blame_info', { job: '$labels.job', path })
  return `{{ range ${asked} }} To blame: the hop {{ .Labels.hop }} of the path {{ .Labels.path }}, {{ .Labels.reason }}.{{ end }}`
}

export const BLAME = blameOf('$labels.path')

/** Of a hop, which is a target named `<path>/<hop>`; nothing of any other. */
export const BLAME_OF_TARGET = blameOf('(reReplaceAll "/[^/]*$" "" $labels.instance)')

export const PERCENT = '{{ $value | humanizePercentage }}'
export const DURATION = '{{ $value | humanizeDuration }}'
