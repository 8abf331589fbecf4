/** PrometheusRule objects: the rules, as the Operator takes them. */
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import type { Config } from '../prober/config/schema.ts'
import type { Group } from './alert.ts'
import { metadata } from './metadata.ts'
import { objectiveGroups, watchingGroups } from './rules.ts'

export function watchingRules(config: Config): IPrometheusRule[] {
  return prometheusRules(config, 'rules', watchingGroups(config))
}

/** An object of their own: who promises is not always who watches. */
export function objectiveRules(config: Config): IPrometheusRule[] {
  return prometheusRules(config, 'slo', objectiveGroups(config))
}

function prometheusRules({ monitoring }: Config, name: string, groups: readonly Group[]): IPrometheusRule[] {
  if (groups.length === 0) return []
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: metadata(monitoring, name),
      spec: { groups: groups.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule })) })) },
    },
  ]
}
