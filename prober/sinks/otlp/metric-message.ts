/**
 * ExportMetricsServiceRequest in protobuf (opentelemetry-proto 1, metrics/v1/metrics.proto). The SDK's serializer leaves
 * out exemplars and a metric's `prometheus.type`, which the compatibility specification asks for.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Attributes, HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '../../metrics/histogram.ts'
import { timeAt } from './hr-time.ts'

/** What we put beside the SDK's own fields. */
export interface ExemplarHolder {
  readonly exemplars?: readonly Exemplar[]
}

type HistogramPoint = DataPoint<Histogram> & ExemplarHolder

export function encodeMetrics({ resource, scopeMetrics }: ResourceMetrics): Uint8Array {
  const writer = new BinaryWriter()
  message(writer, 1, () => {
    message(writer, 1, () => writeAttributes(writer, 1, resource.attributes))
    for (const scoped of scopeMetrics) message(writer, 2, () => writeScopeMetrics(writer, scoped))
  })
  return writer.finish()
}

function writeScopeMetrics(writer: BinaryWriter, { scope, metrics }: ScopeMetrics): void {
  message(writer, 1, () => writeScope(writer, scope))
  for (const metric of metrics) message(writer, 2, () => writeMetric(writer, metric))
}

function writeScope(writer: BinaryWriter, { name, version }: InstrumentationScope): void {
  text(writer, 1, name)
  text(writer, 2, version)
}

const PROMETHEUS_TYPES: Readonly<Partial<Record<DataPointType, string>>> = {
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.SUM]: 'counter',
  [DataPointType.HISTOGRAM]: 'histogram',
}

/** Metric: name 1, description 2, unit 3; metadata 12. */
function writeMetric(writer: BinaryWriter, metric: MetricData): void {
  const { name, description, unit } = metric.descriptor
  text(writer, 1, name)
  text(writer, 2, description)
  text(writer, 3, unit)
  writeData(writer, metric)
  writeAttributes(writer, 12, { 'prometheus.type': PROMETHEUS_TYPES[metric.dataPointType] })
}

/** Of a metric: gauge 5, sum 7, histogram 9. A gauge has no beginning. */
function writeData(writer: BinaryWriter, metric: MetricData): void {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      message(writer, 5, () => {
        for (const point of metric.dataPoints) message(writer, 1, () => writeNumber(writer, point))
      })
      break
    case DataPointType.SUM:
      message(writer, 7, () => {
        for (const point of metric.dataPoints) message(writer, 1, () => writeNumber(writer, point, point.startTime))
        writeTemporality(writer, metric.aggregationTemporality)
        writer.tag(3, WireType.Varint).bool(metric.isMonotonic)
      })
      break
    case DataPointType.HISTOGRAM:
      message(writer, 9, () => {
        for (const point of metric.dataPoints) message(writer, 1, () => writeHistogram(writer, point))
        writeTemporality(writer, metric.aggregationTemporality)
      })
      break
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      throw new Error(`${metric.descriptor.name}: no metric of ours is an exponential histogram`)
  }
}

/** Field 2 of a sum and of a histogram: 1 is delta, 2 cumulative. */
function writeTemporality(writer: BinaryWriter, temporality: AggregationTemporality): void {
  writer.tag(2, WireType.Varint).int32(temporality === AggregationTemporality.CUMULATIVE ? 2 : 1)
}

/** NumberDataPoint: start 2, time 3, as_double 4, attributes 7. */
function writeNumber(
  writer: BinaryWriter,
  { endTime, attributes, value }: DataPoint<number>,
  startTime?: HrTime,
): void {
  if (startTime !== undefined) time(writer, 2, startTime)
  time(writer, 3, endTime)
  writer.tag(4, WireType.Bit64).double(value)
  writeAttributes(writer, 7, attributes)
}

/** HistogramDataPoint: start 2, time 3, count 4, sum 5, bucket counts 6, bounds 7, exemplars 8, attributes 9. */
function writeHistogram(writer: BinaryWriter, point: HistogramPoint): void {
  const { startTime, endTime, attributes, value, exemplars = [] } = point
  time(writer, 2, startTime)
  time(writer, 3, endTime)
  writer.tag(4, WireType.Bit64).fixed64(value.count)
  if (value.sum !== undefined) writer.tag(5, WireType.Bit64).double(value.sum)
  message(writer, 6, () => {
    for (const count of value.buckets.counts) writer.fixed64(count)
  })
  message(writer, 7, () => {
    for (const bound of value.buckets.boundaries) writer.double(bound)
  })
  for (const exemplar of exemplars) message(writer, 8, () => writeExemplar(writer, exemplar))
  writeAttributes(writer, 9, attributes)
}

/** Exemplar: time 2, as_double 3, trace id 5; of a whole probe there is no one span that it would be of. */
function writeExemplar(writer: BinaryWriter, { traceId, value, atSeconds }: Exemplar): void {
  time(writer, 2, timeAt(atSeconds))
  writer.tag(3, WireType.Bit64).double(value)
  writer.tag(5, WireType.LengthDelimited).bytes(Buffer.from(traceId, 'hex'))
}

/** KeyValue: key 1, value 2, which is an AnyValue: of its kinds we have texts, which are 1. */
function writeAttributes(writer: BinaryWriter, field: number, attributes: Attributes): void {
  for (const key in attributes) {
    message(writer, field, () => {
      text(writer, 1, key)
      message(writer, 2, () => writer.tag(1, WireType.LengthDelimited).string(String(attributes[key])))
    })
  }
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

/** proto3: what is empty is not written. */
function text(writer: BinaryWriter, field: number, value = ''): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value)
}

/** time_unix_nano: more than a double holds. */
function time(writer: BinaryWriter, field: number, [seconds, nanoseconds]: HrTime): void {
  writer.tag(field, WireType.Bit64).fixed64(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
}
