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

/** What was collected before a reload still goes where it was to go, and holds nothing up meanwhile. */
const REPLACED_GRACE_SECONDS = 30

export function createTelemetry(parts: TelemetryParts): Telemetry {
  let current: Pipeline | undefined
  let isClosed = false
  /** One after the other: two reloads must not open two. */
  let last: Promise<void> = Promise.resolve()
  const leaving = new Set<Pipeline>()
  const leave = (pipeline: Pipeline) => {
    leaving.add(pipeline)
    void pipeline.close(REPLACED_GRACE_SECONDS).finally(() => leaving.delete(pipeline))
  }
  const replace = async (otlp: OtlpConfig | undefined) => {
    const next = otlp === undefined || isClosed ? undefined : await open(otlp, parts)
    if (current !== undefined) leave(current)
    current = next
  }
  return {
    configure(otlp) {
      last = last.catch(() => undefined).then(() => replace(otlp))
      return last
    },
    add: (probed) => current?.add(probed),
    async close(graceSeconds) {
      isClosed = true
      await last.catch(() => undefined)
      await Promise.all([...leaving, current].map((pipeline) => pipeline?.close(graceSeconds)))
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
