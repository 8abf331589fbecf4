/** The files of a configuration, for a Prometheus with the Operator or without: values, which the command line writes. */
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { Probe } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Probe'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { ScrapeConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/ScrapeConfig'
import { stringify } from 'yaml'
import type { Config } from '../prober/config/schema.ts'
import { alertmanagerYml, prometheusYml, scrapeConfigsYml } from './plain.ts'
import { probes } from './probe.ts'
import { objectiveRules, watchingRules } from './prometheus-rule.ts'
import { ruleGroups } from './rules.ts'
import { scrapeConfigs } from './scrape-config.ts'
import { serviceMonitors } from './service-monitor.ts'

export const FORMATS = ['operator', 'plain'] as const
export type MonitoringFormat = (typeof FORMATS)[number]

export interface GeneratedFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly content: string
}

/** Every name that any configuration may give: what is no longer made is taken away, or it would go on working. */
export const GENERATED_PATHS: readonly string[] = [
  'alertmanager.yml',
  'probe.yaml',
  'prometheus-rule-slo.yaml',
  'prometheus-rule.yaml',
  'prometheus.yml',
  'rules.yml',
  'scrape-config.yaml',
  'scrape-configs.yml',
  'service-monitor.yaml',
]

/** First line of each file that may be taken away again. */
export const MARK = '# Made by `sonde generate`; do not edit.'

export function monitoringFiles(config: Config, format: MonitoringFormat): GeneratedFile[] {
  return format === 'operator' ? operatorFiles(config) : plainFiles(config)
}

function operatorFiles(config: Config): GeneratedFile[] {
  const kinds = [
    ['probe.yaml', probes(config).map((data) => new Probe(data))],
    ['prometheus-rule-slo.yaml', objectiveRules(config).map((data) => new PrometheusRule(data))],
    ['prometheus-rule.yaml', watchingRules(config).map((data) => new PrometheusRule(data))],
    ['scrape-config.yaml', scrapeConfigs(config).map((data) => new ScrapeConfig(data))],
    ['service-monitor.yaml', serviceMonitors(config).map((data) => new ServiceMonitor(data))],
  ] as const
  return kinds
    .filter(([, objects]) => objects.length > 0)
    .map(([path, objects]) => ({ path, content: yamlFile(objects.map(validated)) }))
}

/** Throws for what the API server would refuse: that is a fault of ours, the configuration has been checked. */
function validated<T extends { validate(): void; toJSON(): unknown }>(object: T): unknown {
  object.validate()
  return object.toJSON()
}

function plainFiles(config: Config): GeneratedFile[] {
  const files = {
    'alertmanager.yml': alertmanagerYml(),
    'prometheus.yml': prometheusYml(config),
    'rules.yml': { groups: ruleGroups(config) },
    'scrape-configs.yml': scrapeConfigsYml(config),
  }
  return Object.entries(files).map(([path, content]) => ({ path, content: yamlFile([content]) }))
}

/** YAML 1.1, as Kubernetes reads it: there a bare `on` is true. */
function yamlFile(documents: readonly unknown[]): string {
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const
  return `${MARK}\n${documents.map((document) => stringify(document, options)).join('---\n')}`
}
