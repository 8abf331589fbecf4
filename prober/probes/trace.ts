/** One probe is one trace; each of its requests is a span of its own, which the service continues. */
import { randomBytes } from 'node:crypto'
import type { TraceOptions } from '../config/schema.ts'
import { isSampled, type TraceParent } from '../wire/traceparent.ts'
import type { LogLine } from './result.ts'

export type Trace = Omit<TraceParent, 'spanId'>

export function startTrace({ sampleRatio }: TraceOptions): Trace {
  const traceId = randomBytes(16).toString('hex')
  return { traceId, sampled: isSampled(traceId, sampleRatio) }
}

export function startSpan(trace: Trace): TraceParent {
  return { ...trace, spanId: randomBytes(8).toString('hex') }
}

/** Under the keys by which log tools find the trace. */
export function traceFields(span: TraceParent | undefined): LogLine['fields'] {
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }
}
