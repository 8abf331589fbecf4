/** What we write against what the SDK writes of the same, by a decoder that belongs to neither. */
import { ValueType } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { timeAt } from '../../../../prober/sinks/otlp/hr-time.ts'
import { encodeMetrics } from '../../../../prober/sinks/otlp/metric-message.ts'
import { assert, describe } from '../../../harness.ts'
import { pointsIn } from '../../../servers/otlp-collector.ts'

const [START, NOW] = [timeAt(1_800_000_000.25), timeAt(1_800_000_060, 0.000000007)]
const times = { startTime: START, endTime: NOW, attributes: { instance: 'wéb', empty: '' } }
const family = (name: string, unit = 's') => ({
  descriptor: { name, description: `${name} ☃`, unit, valueType: ValueType.DOUBLE },
  aggregationTemporality: AggregationTemporality.CUMULATIVE,
})
const buckets = { boundaries: [0.1, 1], counts: [2, 0, 2 ** 33] }

const METRICS: readonly MetricData[] = [
  {
    ...family('a_total', ''),
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: [-0, 2 ** 60, 1e-300, Number.NaN].map((value) => ({ ...times, value })),
  },
  { ...family('b'), dataPointType: DataPointType.GAUGE, dataPoints: [{ ...times, value: Number.NEGATIVE_INFINITY }] },
  {
    ...family('c'),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [{ ...times, value: { buckets, sum: 3.5, count: 2 ** 33 + 2 } }],
  },
]

function request(metrics: readonly MetricData[]): ResourceMetrics {
  const resource = resourceFromAttributes({ 'service.name': 'sonde', 'long.one': 'x'.repeat(300) })
  return { resource, scopeMetrics: [{ scope: { name: 'sonde', version: '1' }, metrics: [...metrics] }] }
}

describe('a message of metrics', (test) => {
  test('says what the SDK’s own serializer says, and the types of Prometheus beside it', () => {
    const own = pointsIn(Buffer.from(encodeMetrics(request(METRICS))))
    const theirs = pointsIn(Buffer.from(ProtobufMetricsSerializer.serializeRequest(request(METRICS)) ?? []))
    assert.is(own.length, 6)
    assert.equal(
      own.map((point) => ({ ...point, metadata: {} })),
      // A gauge has no beginning: they write one all the same.
      theirs.map((point) => (point.type === 'gauge' ? { ...point, startNs: 0n } : point)),
    )
    assert.equal(
      own.map(({ metadata }) => metadata['prometheus.type']),
      ['counter', 'counter', 'counter', 'counter', 'gauge', 'histogram'],
    )
  })

  test('has the exemplars of a histogram', () => {
    const exemplars = [{ traceId: 'ab'.repeat(16), value: 0.05, atSeconds: 1_800_000_030.5 }]
    const [, , histogram] = METRICS
    if (histogram?.dataPointType !== DataPointType.HISTOGRAM) throw new Error('no histogram')
    const dataPoints = histogram.dataPoints.map((point) => ({ ...point, exemplars }))
    const [point] = pointsIn(Buffer.from(encodeMetrics(request([{ ...histogram, dataPoints }]))))
    assert.equal(point?.exemplars, [{ traceId: 'ab'.repeat(16), value: 0.05, timeNs: 1_800_000_030_500_000_000n }])
  })
})
