/** All rules of a configuration, as groups of Prometheus. */
import type { Config } from '../prober/config/schema.ts'
import { type Alert, alertRule, type Context, type Group, type Rule } from './alert.ts'
import { availabilityAlerts } from './alerts/availability.ts'
import { certificateAlerts } from './alerts/certificates.ts'
import { expectationAlerts } from './alerts/expectation.ts'
import { latencyAlerts } from './alerts/latency.ts'
import { pathAlerts } from './alerts/paths.ts'
import { proberAlerts } from './alerts/prober.ts'
import { recordingGroups } from './recording.ts'
import { scopeOf } from './scope.ts'
import { sloGroups } from './slo.ts'

export function ruleGroups(config: Config): Group[] {
  return [...watchingGroups(config), ...objectiveGroups(config)]
}

/** What is known of each target, and what is told of it. */
export function watchingGroups(config: Config): Group[] {
  const context = contextOf(config)
  const { name } = config.monitoring
  const groups: readonly (readonly [topic: string, alerts: readonly Alert[]])[] = [
    ['availability', availabilityAlerts(context)],
    ['latency', latencyAlerts(context)],
    ['certificates', certificateAlerts(context)],
    ['paths', config.paths.length === 0 ? [] : pathAlerts(context)],
    ['prober', proberAlerts(context)],
    ['expectation', config.targets.length === 0 ? [] : expectationAlerts(context)],
  ]
  const alerting = groups.map(([topic, alerts]) => ({
    name: `${name}-${topic}`,
    rules: alerts.map((alert) => alertRule(alert, context)),
  }))
  return wanted([...recordingGroups(context), ...alerting], config)
}

/** What was promised of them. */
export function objectiveGroups(config: Config): Group[] {
  return wanted(sloGroups(contextOf(config)), config)
}

function contextOf(config: Config): Context {
  return { config, scope: scopeOf(config.monitoring) }
}

function wanted(groups: readonly Group[], config: Config): Group[] {
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => isWanted(rule, config)) }))
    .filter(({ rules }) => rules.length > 0)
}

function isWanted({ alert }: Rule, { monitoring }: Config): boolean {
  return alert === undefined || !monitoring.alerts.disabled.some((name) => name === alert)
}
