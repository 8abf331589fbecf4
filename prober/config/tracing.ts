/** Keys of a module by which a probe becomes part of a trace, and a server's own time is told from the way to it. */
import { z } from 'zod'
import { optional, withDefault } from './field.ts'
import { TOKEN } from './headers.ts'

export interface TraceOptions {
  /** From 0 to 1: how many of the traces the services on the way are asked to record. */
  readonly sampleRatio: number
}

const ratio = z
  .number()
  .refine((value) => value >= 0 && value <= 1, {
    error: ({ input }) => `${input} is out of range; write a number from 0 to 1, as in 0.1`,
  })
  .meta({ type: 'number', minimum: 0, maximum: 1 })

const traceBlock = z
  .strictObject({
    sample_ratio: withDefault(
      ratio,
      1,
      'Share of the probes whose trace the services on the way are asked to record, from `0` to `1`.',
      { examples: [0.1] },
    ),
  })
  .meta({ id: 'trace' })

/** `what`: how it is sent, and what is sent instead. */
export function traceField(what: string) {
  return optional(traceBlock, `${what} (Sonde only.)`, { examples: [{ sample_ratio: 0.1 }] })
}

export const tracingFields = {
  trace: traceField(
    'Send `traceparent` (W3C) with each request: one trace per probe, one span per redirect. A `traceparent` under `headers` or `http_headers` is sent instead.',
  ),
  server_timing_application: optional(
    z.string().refine((name) => TOKEN.test(name), 'is no name of a Server-Timing entry; write one as in "total"'),
    'Entry of the `Server-Timing` response header that is the application’s own time; without this key `app`, or else `total`. (Sonde only.)',
    { examples: ['total'] },
  ),
}

type TraceBlock = z.output<typeof traceBlock>

export function toTrace(block: TraceBlock | undefined): TraceOptions | undefined {
  return block === undefined ? undefined : { sampleRatio: block.sample_ratio }
}

export function isTraceparent(name: string): boolean {
  return name.toLowerCase() === 'traceparent'
}

interface TracingKeys {
  readonly trace?: TraceBlock | undefined
  readonly server_timing_application?: string | undefined
}

export function toTracing({ trace, server_timing_application: application }: TracingKeys) {
  return {
    trace: toTrace(trace),
    applicationTimings: application === undefined ? ['app', 'total'] : [application],
  }
}
