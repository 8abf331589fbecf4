/** PrometheusRule objects: the rules, as the Operator takes them. */
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import type { Config } from '../prober/config/schema.ts'
import { metadata } from './metadata.ts'
import { ruleGroups } from './rules.ts'

export function prometheusRules(config: Config): IPrometheusRule[] {
  const groups = ruleGroups(config).map(({ name, rules }) => ({ name, rules: rules.map((rule) => ({ ...rule })) }))
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: metadata(config.monitoring, 'rules'),
      spec: { groups },
    },
  ]
}
