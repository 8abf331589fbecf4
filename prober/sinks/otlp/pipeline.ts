/** Everything of OpenTelemetry that a collector asks for. Import it lazily: it takes 100 ms and 20 MB. */
import type { OtlpConfig } from '../../config/schema.ts'
import type { PointFamily } from '../../metrics/points.ts'
import type { TlsContexts } from '../../net/tls.ts'
import { createExporter, type ExportEvents } from './exporter.ts'
import { METRICS_ENCODING, startMetricsSink } from './metrics.ts'
import { resourceOf, withoutInstance } from './resource.ts'
import { createSender } from './sender.ts'
import type { Probed } from './spans.ts'
import { createTraceSink, TRACES_ENCODING } from './traces.ts'

export interface PipelineParts {
  readonly version: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tlsContexts: TlsContexts
  /** Of what `/metrics` shows. */
  readonly families: () => Promise<readonly PointFamily[]>
  readonly events: ExportEvents
}

export interface Pipeline {
  add(probed: Probed): void
  /** Sends what is there; what has not arrived by then is lost. Called again, the shorter grace counts. */
  close(graceSeconds: number): Promise<void>
}

export function openPipeline(config: OtlpConfig, parts: PipelineParts): Pipeline {
  const { version, environment, families, events } = parts
  const sender = createSender(config, parts.tlsContexts, `Sonde/${version}`)
  const resource = resourceOf(config.resourceAttributes, environment, version)
  const scope = { name: 'sonde', version }
  const traces = config.traces
    ? createTraceSink(createExporter(TRACES_ENCODING, sender, events), resource, scope, events)
    : undefined
  const metrics = config.metrics
    ? startMetricsSink({
        exporter: createExporter(METRICS_ENCODING, sender, events),
        intervalSeconds: config.intervalSeconds,
        resource: withoutInstance(resource),
        scope,
        families,
        events,
      })
    : undefined
  let sent: Promise<unknown> | undefined
  return {
    add: (probed) => traces?.add(probed),
    async close(graceSeconds) {
      sent ??= Promise.allSettled([traces?.close(), metrics?.close()])
      const timer = setTimeout(() => void sender[Symbol.asyncDispose](), graceSeconds * 1000)
      await sent
      clearTimeout(timer)
      await sender[Symbol.asyncDispose]()
    },
  }
}
