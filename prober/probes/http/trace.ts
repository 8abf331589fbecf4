/** One probe is one trace; each of its requests is a span of its own, which the service continues. */
import { randomBytes } from 'node:crypto'
import type { TraceOptions } from '../../config/schema.ts'
import { isSampled, type TraceParent } from '../../wire/traceparent.ts'
import { type Draft, hasField } from './request.ts'

export interface Trace {
  readonly traceId: string
  readonly sampled: boolean
}

/** undefined: the module asks for none, or sends a `traceparent` of its own. */
export function startTrace(options: TraceOptions | undefined, { fields }: Draft): Trace | undefined {
  if (options === undefined || hasField(fields, 'traceparent')) return undefined
  const traceId = randomBytes(16).toString('hex')
  return { traceId, sampled: isSampled(traceId, options.sampleRatio) }
}

export function startSpan(trace: Trace | undefined): TraceParent | undefined {
  return trace === undefined ? undefined : { ...trace, spanId: randomBytes(8).toString('hex') }
}
