/** The points of `/metrics` as OpenTelemetry's, read by the SDK's own periodic reader. */
import { setImmediate } from 'node:timers/promises'
import { type HrTime, ValueType } from '@opentelemetry/api'
import { ExportResultCode, type InstrumentationScope } from '@opentelemetry/core'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram as SdkHistogram,
  type MetricData,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Histogram } from '../../metrics/histogram.ts'
import type { Point, PointFamily } from '../../metrics/points.ts'
import { type Encoding, type ExportEvents, type Exporter, refusalOf } from './exporter.ts'
import { timeAt } from './hr-time.ts'
import { encodeMetrics, type ExemplarHolder } from './metric-message.ts'

export const METRICS_ENCODING: Encoding<ResourceMetrics> = {
  signal: 'metrics',
  count: countPoints,
  encode: encodeMetrics,
  decodeAnswer(message) {
    const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(message)
    return refusalOf(partialSuccess?.rejectedDataPoints ?? 0, 'data points', partialSuccess?.errorMessage)
  },
}

/** Written in 10 ms at most, and 300 kB before compression. */
const BATCH_POINTS = 1000

export interface MetricsSinkParts {
  readonly exporter: Exporter<ResourceMetrics>
  readonly intervalSeconds: number
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly families: () => Promise<readonly PointFamily[]>
  readonly events: Pick<ExportEvents, 'dropped'>
}

export interface MetricsSink {
  /** Sends them once more; resolves when all has arrived or is lost. */
  close(): Promise<void>
}

export function startMetricsSink(parts: MetricsSinkParts): MetricsSink {
  const { intervalSeconds, resource, scope, families } = parts
  const { exporter, begin } = givingUp(parts)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalSeconds * 1000,
    exportTimeoutMillis: intervalSeconds * 1000,
    maxExportBatchSize: BATCH_POINTS,
  })
  reader.setMetricProducer({
    async collect() {
      begin()
      const now = timeAt(Date.now() / 1000)
      const metrics: MetricData[] = []
      for (const family of await families()) if (family.points.length > 0) metrics.push(await metricData(family, now))
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] }
    },
  })
  return { close: () => reader.shutdown() }
}

/** When one batch of a collection is lost, so are the others: each would wait for its timeout, and the next is due. */
function givingUp({ exporter, events }: MetricsSinkParts) {
  let isLost = false
  return {
    begin: () => {
      isLost = false
    },
    exporter: {
      ...exporter,
      export(metrics: ResourceMetrics, done: Parameters<typeof exporter.export>[1]) {
        if (isLost) {
          events.dropped('metrics', countPoints(metrics))
          return done({ code: ExportResultCode.FAILED })
        }
        exporter.export(metrics, (result) => {
          isLost = result.code === ExportResultCode.FAILED
          done(result)
        })
      },
    },
  }
}

function countPoints({ scopeMetrics }: ResourceMetrics): number {
  const metrics = scopeMetrics.flatMap((scoped) => scoped.metrics)
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0)
}

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/: names stay as they are. */
async function metricData({ name, type, help, points }: PointFamily, now: HrTime): Promise<MetricData> {
  const descriptor = { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE }
  const family = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  switch (type) {
    case 'gauge':
      return { ...family, dataPointType: DataPointType.GAUGE, dataPoints: await made(points, now, numberPoint) }
    case 'counter': {
      const dataPoints = await made(points, now, numberPoint)
      return { ...family, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    }
    case 'histogram':
      return { ...family, dataPointType: DataPointType.HISTOGRAM, dataPoints: await made(points, now, histogramPoint) }
  }
}

/** Points made before the event loop gets a turn: about 1 ms. */
const POINTS_AT_ONCE = 1000

async function made<T>(points: readonly Point[], now: HrTime, make: (point: Point, now: HrTime) => T): Promise<T[]> {
  const list: T[] = []
  for (const [index, point] of points.entries()) {
    if (index > 0 && index % POINTS_AT_ONCE === 0) await setImmediate()
    list.push(make(point, now))
  }
  return list
}

const UNITS: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/_seconds(_total)?$/, 's'],
  [/_bytes(_total)?$/, 'By'],
  [/_ratio$/, '1'],
]

/** UCUM's, of the unit that the name ends in. */
function unitOf(name: string): string {
  return UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? ''
}

function numberPoint({ labels, value, sinceSeconds }: Point, now: HrTime): DataPoint<number> {
  if (typeof value !== 'number') throw new Error('a histogram in a family of numbers')
  return { startTime: timeAt(sinceSeconds), endTime: now, attributes: labels, value }
}

function histogramPoint({ labels, value, sinceSeconds }: Point, now: HrTime): DataPoint<SdkHistogram> & ExemplarHolder {
  if (typeof value === 'number') throw new Error('a number in a family of histograms')
  const exemplars = value.exemplars?.filter((exemplar) => exemplar !== undefined)
  return {
    startTime: timeAt(sinceSeconds),
    endTime: now,
    attributes: labels,
    value: sdkHistogram(value),
    ...(exemplars === undefined ? {} : { exemplars }),
  }
}

/** Copied: it counts on while batches wait for their turn. */
function sdkHistogram({ bounds, counts, sum }: Histogram): SdkHistogram {
  const copied = Array.from(counts)
  const count = copied.reduce((total, each) => total + each, 0)
  return { buckets: { boundaries: [...bounds], counts: copied }, sum, count }
}
