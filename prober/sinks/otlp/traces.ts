import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { Resource } from '@opentelemetry/resources'
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { traceOf } from '../../probes/result.ts'
import { type Encoding, type ExportEvents, type Exporter, refusalOf } from './exporter.ts'
import { timeAt } from './hr-time.ts'
import { type Probed, type ProbeSpan, spansOf } from './spans.ts'

export interface TraceSink {
  add(probed: Probed): void
  /** Sends what waits; resolves when all has arrived or is lost. */
  close(): Promise<void>
}

export const TRACES_ENCODING: Encoding<readonly ReadableSpan[]> = {
  signal: 'traces',
  count: (spans) => spans.length,
  encode: (spans) => ProtobufTraceSerializer.serializeRequest([...spans]),
  decodeAnswer(message) {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(message)
    return refusalOf(partialSuccess?.rejectedSpans ?? 0, 'spans', partialSuccess?.errorMessage)
  },
}

/** Some 8 MB. More would only be sent later, and by then is of no use to who looks. */
const MOST_WAITING_SPANS = 8192
const BATCH_SPANS = 512
const BATCH_DELAY_MS = 1000

export function createTraceSink(
  exporter: Exporter<readonly ReadableSpan[]>,
  resource: Resource,
  scope: InstrumentationScope,
  { dropped }: Pick<ExportEvents, 'dropped'>,
): TraceSink {
  let waiting = 0
  const processor = new BatchSpanProcessor({
    exporter: {
      ...exporter,
      export(spans, done) {
        waiting -= spans.length
        exporter.export(spans, done)
      },
    },
    maxQueueSize: MOST_WAITING_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_DELAY_MS,
    // The exporter ends by itself, by the timeout of the file.
    exportTimeoutMillis: 2 ** 31 - 1,
  })
  return {
    add(probed) {
      const spans = readableSpans(probed, resource, scope)
      // The processor would drop single spans, and leave trees without their root.
      if (waiting + spans.length > MOST_WAITING_SPANS) return dropped('traces', spans.length)
      waiting += spans.length
      for (const span of spans) processor.onEnd(span)
    },
    async close() {
      // It rejects as soon as one batch is lost, while others are on their way; what was lost has been told.
      await processor.shutdown().catch(() => undefined)
      await exporter.shutdown()
    },
  }
}

/** Made by hand: the SDK's tracer would draw ids of its own, and the requests have been sent with ours. */
function readableSpans(probed: Probed, resource: Resource, scope: InstrumentationScope): readonly ReadableSpan[] {
  const { result } = probed
  const traceId = traceOf(result)?.traceId ?? ''
  const contextOf = (spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED })
  return spansOf(probed).map((span) => {
    const { name, spanId, parentSpanId, isClient, startSeconds, endSeconds } = span
    const context = contextOf(spanId)
    return {
      name,
      kind: isClient ? SpanKind.CLIENT : SpanKind.INTERNAL,
      spanContext: () => context,
      ...(parentSpanId === undefined ? {} : { parentSpanContext: contextOf(parentSpanId) }),
      startTime: timeAt(result.startedAtSeconds, startSeconds),
      endTime: timeAt(result.startedAtSeconds, endSeconds),
      duration: timeAt(0, endSeconds - startSeconds),
      ...statusOf(span),
      resource,
      instrumentationScope: scope,
      ...NOTHING_MORE,
    }
  })
}

const NOTHING_MORE = {
  links: [],
  events: [],
  ended: true,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
}

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/: a closed list, as our reasons are. */
function statusOf({ failure, attributes }: ProbeSpan): Pick<ReadableSpan, 'status' | 'attributes'> {
  if (failure === undefined) return { status: { code: SpanStatusCode.UNSET }, attributes }
  const { reason, message } = failure
  return { status: { code: SpanStatusCode.ERROR, message }, attributes: { ...attributes, 'error.type': reason } }
}
