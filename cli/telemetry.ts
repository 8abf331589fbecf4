/** What the prober sends to its collector, and what it says of that: in the log and as metrics. */
import type { Logger } from 'pino'
import { pathPoints, type PointFamily, resultPoints, totalsPoints } from '../prober/metrics/points.ts'
import type { Runtime } from '../prober/metrics/runtime.ts'
import type { Latest } from '../prober/sinks/latest.ts'
import type { PipelineParts } from '../prober/sinks/otlp/pipeline.ts'
import type { Paths } from '../prober/sinks/paths.ts'
import { type Tally, totalsRows } from '../prober/sinks/tally.ts'
import { createTelemetry, type Telemetry } from '../prober/sinks/telemetry.ts'

export interface ProberTelemetryParts extends Omit<PipelineParts, 'families' | 'events'>, Tables {
  readonly logger: Logger
}

interface Tables {
  readonly runtime: Runtime
  readonly latest: Latest
  readonly tally: Tally
  readonly paths: Paths
  /** By the schedule's clock. */
  readonly nowSeconds: () => number
}

export function createProberTelemetry({ logger, ...parts }: ProberTelemetryParts): Telemetry {
  const { exports } = parts.runtime
  return createTelemetry({
    ...parts,
    families: () => allFamilies(parts),
    began: exports.began,
    events: {
      failed: exports.failed,
      dropped: exports.dropped,
      // Once for each change: a collector that is away for a day would fill the log.
      lost: (signal, err) => logger.warn({ signal, err }, 'The collector does not take what is sent; probes go on'),
      restored: (signal) => logger.info({ signal }, 'The collector takes what is sent again'),
    },
  })
}

/** The same as `/metrics`, in the same order. */
async function allFamilies({ runtime, latest, tally, paths, nowSeconds }: Tables): Promise<readonly PointFamily[]> {
  return [
    ...(await runtime.points()),
    ...(await resultPoints(latest.list())),
    ...(await totalsPoints(totalsRows(tally, latest), nowSeconds)),
    ...(await pathPoints(paths.list())),
  ]
}
