/** An alert as we write it, and the rule that it becomes: names and annotations as the monitoring mixins have them. */
import type { AlertName, Config } from '../prober/config/schema.ts'
import { formatPromDuration } from '../prober/config/schema.ts'
import type { Scope } from './queries.ts'

export type Severity = 'critical' | 'warning' | 'info'

export interface Alert {
  readonly name: AlertName
  readonly severity: Severity
  readonly expression: string
  /** A sentence, the same for all targets: Alertmanager puts alerts of one kind into one message. */
  readonly summary: string
  /** Of this one: which target, what is wrong with it, and whose fault it is. Go's templates. */
  readonly description: string
  /** Instead of the configuration's. */
  readonly pendingSeconds?: number
  /** Its series vanish when the prober dies, which mends nothing. */
  readonly keepsFiring?: boolean
  readonly labels?: Readonly<Record<string, string>>
}

/** What alerts are made from. */
export interface Context {
  readonly config: Config
  readonly scope: Scope
}

/** As Prometheus and its Operator take it. */
export interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
}

export interface Group {
  readonly name: string
  readonly rules: readonly Rule[]
}

export function alertRule(alert: Alert, { config }: Context): Rule {
  const { alerts, runbookUrl } = config.monitoring
  const { pendingSeconds = alerts.pendingSeconds } = alert
  return {
    alert: alert.name,
    expr: alert.expression,
    ...(pendingSeconds === 0 ? {} : { for: formatPromDuration(pendingSeconds) }),
    ...(alert.keepsFiring === true ? { keep_firing_for: formatPromDuration(alerts.keepFiringSeconds) } : {}),
    labels: { severity: alert.severity, ...alert.labels },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbookUrl}#${alert.name.toLowerCase()}`,
    },
  }
}
