import { PHASE_MEANINGS, REASON_MEANINGS } from '../net/outcome.ts'
import { BLAME_MEANINGS } from '../paths/verdict.ts'
import { type Metric, PATH_METRICS, PROBE_METRICS, PROCESS_METRICS, TARGET_METRICS } from './catalogue.ts'
import type { Bounds } from './histogram.ts'
import { DURATION_BOUNDS, PHASE_BOUNDS } from './run-totals.ts'

/** docs/metrics.md, written from the catalogue. */
export function metricsDocument(): string {
  return `# Metrics

Generated from \`prober/metrics/catalogue.ts\` and \`prober/net/outcome.ts\` by \`npm run generate\`; do not edit.

Names, labels and types of blackbox_exporter are its own, so that boards and alerts made for it work. What Sonde adds is
marked **new**. Both endpoints answer in the text format 0.0.4 and in OpenMetrics 1.0, as the scraper asks; in
OpenMetrics metrics that end in \`_info\` are of type info.

## Of a probe

Answered by \`/probe\`, and by \`/metrics\` of the latest run of each scheduled target, with the label \`instance\` (the
target's name) and the target's own labels. A label of the target that the metric has itself is renamed to \`exported_…\`.

${table(PROBE_METRICS)}

## Of a scheduled target

Answered by \`/metrics\` alone, with the same labels. They begin at 0 when a target is added or changed, count on over a
reload that leaves it as it is, and end when it is removed. A failure's series begins with the first failure of its kind,
which \`increase()\` therefore does not see; \`probe_runs_total\` is there from the start.

Buckets of \`probe_run_duration_seconds\` end at ${listed(DURATION_BOUNDS)} seconds, those of
\`probe_run_phase_duration_seconds\` at ${listed(PHASE_BOUNDS)}.

Of an HTTPS target these are some 100 series, 80 of them \`probe_run_phase_duration_seconds\`: a thousand targets make 18 MB
a scrape, 0.6 MB compressed. Who needs no histogram of each phase drops it with \`metric_relabel_configs\`.

${table(TARGET_METRICS)}

## Of a path

Answered by \`/metrics\` alone. Each hop is a scheduled target besides, with all metrics of one, and with the labels
\`path\` and \`hop\`: an alert on \`probe_success\` leaves hops out by \`{hop=""}\`. A path is judged once all its hops have
told of a beat, or when the next beat begins; a hop that has not told by then has no series until it has.

${table(PATH_METRICS)}

## Phases

Values of the label \`phase\` of what is **new**, in the order in which time is spent. They never overlap.

${meanings('phase', 'what happens', PHASE_MEANINGS)}

## Reasons

Values of the label \`reason\`: a closed list. Of \`probe_path_blame_info\` there is one more, \`slow\`: ${BLAME_MEANINGS.slow}.

${meanings('reason', 'what was found', REASON_MEANINGS)}

## Of the process

Answered by \`/metrics\`, beside prom-client's \`process_*\` and \`nodejs_*\`.

${table(PROCESS_METRICS)}
`
}

function listed(bounds: Bounds): string {
  return bounds.map(String).join(', ')
}

function table(metrics: Readonly<Record<string, Metric>>): string {
  const rows = Object.entries(metrics).map(([name, metric]) => row(name, metric))
  return ['| metric | type | labels | what it says | when |', '|---|---|---|---|---|', ...rows].join('\n')
}

function meanings(name: string, title: string, entries: Readonly<Record<string, string>>): string {
  const rows = Object.entries(entries).map(([value, meaning]) => `| \`${value}\` | ${meaning} |`)
  return [`| ${name} | ${title} |`, '|---|---|', ...rows].join('\n')
}

function row(name: string, { type, help, labels = [], when = 'always', ours }: Metric): string {
  const names = labels.map((label) => `\`${label}\``).join(', ')
  return `| \`${name}\`${ours ? ' **new**' : ''} | ${type} | ${names} | ${help} | ${when} |`
}
