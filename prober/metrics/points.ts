/** What `/metrics` shows, as values instead of text: for who sends it. From the same tables, so that both say the same. */
import { setImmediate } from 'node:timers/promises'
import type { Target } from '../config/schema.ts'
import { type Metric, type MetricName, METRICS } from './catalogue.ts'
import type { Histogram } from './histogram.ts'
import { type PathRow, pathSamples, PATHS_AT_ONCE } from './path-table.ts'
import { TOTALS_FAMILIES, totalsOf, type TotalsRow } from './run-table.ts'
import { type Labels, type Sample, samples } from './samples.ts'
import { type Row, targetLabelSet } from './table.ts'

export interface Point {
  readonly labels: Labels
  readonly value: number | Histogram
  /** Unix time since when it counts; of a gauge without meaning. */
  readonly sinceSeconds: number
}

export interface PointFamily {
  readonly name: string
  readonly type: Metric['type']
  readonly help: string
  readonly points: readonly Point[]
}

/** A sample of a text format: of a histogram there are many. */
export interface Part {
  readonly suffix: string | undefined
  readonly labels: Labels
  readonly value: number
}

/** Rows before the event loop gets a turn: about 1 ms. */
const ROWS_AT_ONCE = 10
const TOTALS_AT_ONCE = 200

/** Of the latest runs. */
export async function resultPoints(rows: readonly Row[]): Promise<readonly PointFamily[]> {
  const families = new Map<MetricName, Point[]>()
  for (const [index, { target, result }] of rows.entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate()
    for (const [name, list] of Map.groupBy(samples(result), (sample) => sample.name)) {
      const points = families.get(name) ?? []
      families.set(name, points)
      const parts = list.map((sample) => partOf(target, sample))
      for (const point of merged(parts, result.startedAtSeconds)) points.push(point)
    }
  }
  return [...families].map(([name, points]) => familyOf(name, points))
}

function partOf(target: Target, { name, suffix, labels, value }: Sample): Part {
  return { suffix, labels: targetLabelSet(target, name, labels), value }
}

/** Of all runs. `nowSeconds`: by the schedule's clock, for the age of the results. */
export async function totalsPoints(
  rows: readonly TotalsRow[],
  nowSeconds: () => number,
): Promise<readonly PointFamily[]> {
  const families: PointFamily[] = []
  for (const name of TOTALS_FAMILIES) {
    const points: Point[] = []
    for (const [index, row] of rows.entries()) {
      if (index > 0 && index % TOTALS_AT_ONCE === 0) await setImmediate()
      for (const { labels, value } of totalsOf(name, row, nowSeconds)) {
        const { sinceSeconds } = row.totals
        points.push({ labels: targetLabelSet(row.target, name, labels), value, sinceSeconds })
      }
    }
    families.push(familyOf(name, points))
  }
  return families
}

function familyOf(name: MetricName, points: readonly Point[]): PointFamily {
  const { type, help } = METRICS[name]
  return { name, type, help, points }
}

export async function pathPoints(rows: readonly PathRow[]): Promise<readonly PointFamily[]> {
  const families = new Map<MetricName, Point[]>()
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % PATHS_AT_ONCE === 0) await setImmediate()
    for (const { name, labels, value } of pathSamples(row)) {
      const points = families.get(name) ?? []
      families.set(name, points)
      points.push({ labels, value, sinceSeconds: 0 })
    }
  }
  return [...families].map(([name, points]) => familyOf(name, points))
}

/** The parts of a histogram follow each other: its buckets, which count up, its sum, its count. */
export function merged(parts: readonly Part[], sinceSeconds: number): readonly Point[] {
  const points: Point[] = []
  let bounds: number[] = []
  let counts: number[] = []
  let below = 0
  let sum = 0
  for (const { suffix, labels, value } of parts) {
    if (suffix === '_bucket') {
      if (labels.le !== '+Inf') bounds.push(Number(labels.le))
      counts.push(value - below)
      below = value
    } else if (suffix === '_sum') sum = value
    else if (suffix === '_count') {
      points.push({ labels, value: { bounds, counts: [...counts], sum }, sinceSeconds })
      ;[bounds, counts, below] = [[], [], 0]
    } else points.push({ labels, value, sinceSeconds })
  }
  return points
}
