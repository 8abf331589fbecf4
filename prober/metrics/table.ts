/** Many results in one exposition: families first, then targets, in pieces, so that probes are not held up meanwhile. */
import { setImmediate } from 'node:timers/promises'
import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import { type Metric, type MetricName, METRICS, type ProbeMetricName } from './catalogue.ts'
import { type Format, headerOf, labelText, sampleLine, seriesName } from './exposition.ts'
import { type Labels, samples } from './samples.ts'

export interface Row {
  readonly target: Target
  readonly result: Result
}

/** Rows rendered before the event loop gets a turn: about 1 ms. */
const ROWS_AT_ONCE = 10
/** Long strings are written in one go, too: 6 MB of one family held the loop for 60 ms. */
export const PIECE_LENGTH = 65_536

/** Family after family, its header first, in pieces to be written one after the other. */
export async function tablePieces(rows: readonly Row[], format: Format): Promise<string[]> {
  const families = new Map<ProbeMetricName, string[]>()
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate()
    for (const sample of samples(row.result)) {
      const pieces = families.get(sample.name) ?? [headerOf(sample.name, format)]
      families.set(sample.name, pieces)
      append(pieces, sampleLine(seriesName(sample), targetLabels(row.target, sample.name, sample.labels), sample.value))
    }
  }
  return [...families.values()].flat()
}

function append(pieces: string[], line: string): void {
  const last = pieces.at(-1) ?? ''
  if (last.length < PIECE_LENGTH) pieces[Math.max(0, pieces.length - 1)] = last + line
  else pieces.push(line)
}

/** Braces included. */
export function targetLabels(target: Target, name: MetricName, labels: Labels = {}): string {
  const metric: Metric = METRICS[name]
  const taken = metric.type === 'histogram' ? [...(metric.labels ?? []), 'le'] : (metric.labels ?? [])
  return labelText({ ...own(target, taken), ...labels })
}

/** A label that the metric has itself is moved aside under the name that Prometheus gives such labels. */
function own({ name, labels }: Target, taken: readonly string[]): Labels {
  const own: Record<string, string> = { instance: name }
  for (const [label, value] of Object.entries(labels)) {
    own[label === 'instance' || taken.includes(label) ? `exported_${label}` : label] = value
  }
  return own
}
