/** Targets that the configuration names, and that nobody watches: a selector that matches nothing makes no noise. */
import type { Alert, Context } from '../alert.ts'
import { missingTargets } from '../queries.ts'
import { TARGET } from '../texts.ts'

/** Prometheus takes a new configuration, and the prober its first result of each target, in less. */
const PENDING_SECONDS = 600

export function expectationAlerts({ scope, config }: Context): Alert[] {
  if (config.monitoring.prometheusShards > 1) return []
  return [
    {
      name: 'SyntheticTargetMissing',
      severity: 'warning',
      expression: missingTargets(scope),
      summary: 'A target of the configuration is not watched.',
      description: `${TARGET} stands in the configuration, and Prometheus has no result of it: it runs on other rules or objects, or the prober on another file.`,
      pendingSeconds: Math.max(PENDING_SECONDS, config.monitoring.alerts.pendingSeconds),
    },
  ]
}
