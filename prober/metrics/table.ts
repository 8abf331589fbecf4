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
/** There are some ninety families at a time. */
const OPEN_BYTES = 16_384
/** UTF-8, of a UTF-16 code unit. */
const MOST_BYTES_PER_CHARACTER = 3

interface Family {
  readonly pieces: Buffer[]
  /** The last piece, as far as it is written. */
  open: Buffer
  length: number
}

/** Family after family, its header first, in pieces to be written one after the other. */
export async function tablePieces(rows: readonly Row[], format: Format): Promise<Buffer[]> {
  const families = new Map<ProbeMetricName, Family>()
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate()
    for (const { name, suffix, labels, value } of samples(row.result)) {
      const family = families.get(name) ?? begun(headerOf(name, format))
      families.set(name, family)
      append(
        family,
        sampleLine(suffix === undefined ? name : name + suffix, targetLabels(row.target, name, labels), value),
      )
    }
  }
  return [...families.values()].flatMap(({ pieces, open, length }) => [...pieces, open.subarray(0, length)])
}

function begun(header: string): Family {
  const family: Family = { pieces: [], open: Buffer.allocUnsafeSlow(OPEN_BYTES), length: 0 }
  append(family, header)
  return family
}

/**
 * As bytes they wait outside of what the garbage collector copies: strings of 10,000 targets held the loop for 35 ms, and
 * those of 1,000 left 5 MB a scrape to the next full collection.
 */
function append(family: Family, line: string): void {
  const longest = line.length * MOST_BYTES_PER_CHARACTER
  if (family.length + longest > family.open.length) {
    family.pieces.push(family.open.subarray(0, family.length))
    family.open = Buffer.allocUnsafeSlow(Math.max(OPEN_BYTES, longest))
    family.length = 0
  }
  family.length += family.open.write(line, family.length)
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
