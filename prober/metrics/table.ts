/** Many results in one exposition: families first, then targets, in pieces, so that probes are not held up meanwhile. */
import { setImmediate } from 'node:timers/promises'
import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import { type Metric, type MetricName, METRICS, type ProbeMetricName } from './catalogue.ts'
import { type Format, headerOf, labelText, sampleLine } from './exposition.ts'
import { type Labels, samples } from './samples.ts'

export interface Row {
  readonly target: Target
  readonly result: Result
}

/** Rows rendered before the event loop gets a turn: about 1 ms. */
const ROWS_AT_ONCE = 10
/** Characters of one family written in one go: 6 MB of them held the loop for 60 ms. */
export const PIECE_LENGTH = 65_536

interface Family {
  readonly pieces: Buffer[]
  text: string
}

/** Family after family, its header first, in pieces to be written one after the other. */
export async function tablePieces(rows: readonly Row[], format: Format): Promise<Buffer[]> {
  const families = new Map<ProbeMetricName, Family>()
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate()
    for (const { name, suffix, labels, value } of samples(row.result)) {
      const family = families.get(name) ?? { pieces: [], text: headerOf(name, format) }
      families.set(name, family)
      append(
        family,
        sampleLine(suffix === undefined ? name : name + suffix, targetLabels(row.target, name, labels), value),
      )
    }
  }
  return [...families.values()].flatMap(({ pieces, text }) => [...pieces, Buffer.from(text)])
}

/** As bytes they wait outside of what the garbage collector copies: strings of 10,000 targets held the loop for 35 ms. */
function append(family: Family, line: string): void {
  family.text += line
  if (family.text.length < PIECE_LENGTH) return
  family.pieces.push(Buffer.from(family.text))
  family.text = ''
}

/** Braces included. */
export function targetLabels(target: Target, name: MetricName, labels?: Labels): string {
  return labelText(targetLabelSet(target, name, labels))
}

export function targetLabelSet(target: Target, name: MetricName, labels: Labels = {}): Labels {
  const metric: Metric = METRICS[name]
  const taken = metric.type === 'histogram' ? [...(metric.labels ?? []), 'le'] : (metric.labels ?? [])
  return { ...own(target, taken), ...labels }
}

/** A label that the metric has itself is moved aside under the name that Prometheus gives such labels. */
function own({ name, labels }: Target, taken: readonly string[]): Labels {
  const own: Record<string, string> = { instance: name }
  for (const [label, value] of Object.entries(labels)) {
    own[label === 'instance' || taken.includes(label) ? `exported_${label}` : label] = value
  }
  return own
}
