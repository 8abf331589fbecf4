/** Many results in one exposition: families first, then targets, made in turns, so that probes are not held up meanwhile. */
import { setImmediate } from 'node:timers/promises'
import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import { type Metric, type MetricName, METRICS, type ProbeMetricName } from './catalogue.ts'
import { type Format, headerOf, labelText, MOST_BYTES_PER_CHARACTER, sampleLine } from './exposition.ts'
import { type Labels, samples } from './samples.ts'

export interface Row {
  readonly target: Target
  readonly result: Result
}

/** Rows rendered before the event loop gets a turn: about 1 ms. */
const ROWS_AT_ONCE = 10
/** There are some ninety families at a time. */
const BLOCK_BYTES = 16_384

/** A part of one family. */
interface Block {
  readonly bytes: Buffer
  /** As far as it is written. */
  length: number
}

/** Its pieces are written over by a later table once it is disposed of. */
export interface Table extends Disposable {
  /** Family after family, its header first; each ends with a whole line. */
  readonly pieces: readonly Buffer[]
}

export type MakeTable = (rows: readonly Row[], format: Format) => Promise<Table>

/**
 * As bytes the lines wait outside of what the garbage collector copies: strings of 10,000 targets held the loop for 35 ms.
 * The blocks are kept for the next table, 3 MB for 1,000 targets: those of each scrape stayed until a full collection.
 */
export function createTables(): MakeTable {
  let spare: Buffer[] = []
  return async (rows, format) => {
    const families = new Map<ProbeMetricName, Block[]>()
    for (const [index, row] of rows.entries()) {
      if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate()
      for (const { name, suffix, labels, value } of samples(row.result)) {
        let family = families.get(name)
        if (family === undefined) {
          family = []
          families.set(name, family)
          append(family, headerOf(name, format), spare)
        }
        const series = suffix === undefined ? name : name + suffix
        append(family, sampleLine(series, targetLabels(row.target, name, labels), value), spare)
      }
    }
    const blocks = [...families.values()].flat()
    return {
      pieces: blocks.map(({ bytes, length }) => bytes.subarray(0, length)),
      [Symbol.dispose]() {
        const usual = blocks.filter(({ bytes }) => bytes.length === BLOCK_BYTES)
        // No more than one table needs, though two were made at the same time, or targets are gone.
        spare = [...spare, ...usual.map(({ bytes }) => bytes)].slice(0, usual.length)
      },
    }
  }
}

function append(family: Block[], line: string, spare: Buffer[]): void {
  const most = line.length * MOST_BYTES_PER_CHARACTER
  let block = family.at(-1)
  if (block === undefined || block.length + most > block.bytes.length) {
    block = { bytes: most > BLOCK_BYTES ? Buffer.allocUnsafeSlow(most) : takeBlock(spare), length: 0 }
    family.push(block)
  }
  block.length += block.bytes.write(line, block.length)
}

function takeBlock(spare: Buffer[]): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
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
