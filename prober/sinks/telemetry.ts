/** Traces and metrics for a collector. Loads nothing of OpenTelemetry until the configuration names one. */
import type { OtlpConfig } from '../config/schema.ts'
import type { Pipeline, PipelineParts } from './otlp/pipeline.ts'
import type { Signal } from './otlp/exporter.ts'
import type { Probed } from './otlp/spans.ts'

export interface Telemetry {
  /** From now on there; what was collected before still goes where it was to go. */
  configure(otlp: OtlpConfig | undefined): Promise<void>
  /** Never waits, never throws for what a collector does. */
  add(probed: Probed): void
  close(graceSeconds: number): Promise<void>
}

export interface TelemetryParts extends PipelineParts {
  /** These are sent from now on. */
  readonly began: (signal: Signal) => void
}

/** A collector of before may be gone for good. */
const REPLACED_GRACE_SECONDS = 5

export function createTelemetry(parts: TelemetryParts): Telemetry {
  let current: Pipeline | undefined
  let isClosed = false
  /** One after the other: two reloads must not open two. */
  let last: Promise<void> = Promise.resolve()
  const leaving = new Set<Promise<void>>()
  const replace = async (otlp: OtlpConfig | undefined) => {
    const next = otlp === undefined || isClosed ? undefined : await open(otlp, parts)
    const left = current?.close(REPLACED_GRACE_SECONDS)
    current = next
    if (left === undefined) return
    leaving.add(left)
    void left.finally(() => leaving.delete(left))
  }
  return {
    configure(otlp) {
      last = last.catch(() => undefined).then(() => replace(otlp))
      return last
    },
    add: (probed) => current?.add(probed),
    async close(graceSeconds) {
      isClosed = true
      await last
      await Promise.all([current?.close(graceSeconds), ...leaving])
      current = undefined
    },
  }
}

async function open(otlp: OtlpConfig, parts: TelemetryParts): Promise<Pipeline> {
  const { openPipeline } = await import('./otlp/pipeline.ts')
  if (otlp.traces) parts.began('traces')
  if (otlp.metrics) parts.began('metrics')
  return openPipeline(otlp, parts)
}
