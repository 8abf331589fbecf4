/** ScrapeConfig objects: what neither a Service nor a list of targets can say. */
import type { IScrapeConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/ScrapeConfig'
import type { Config, Monitoring } from '../prober/config/schema.ts'
import { metadata } from './metadata.ts'
import { discoveryJobs, metricsJobs, type Relabeling, type ScrapeJob } from './scrape-job.ts'

/** Probers outside of the cluster have no Service that a ServiceMonitor could select. */
export function scrapeConfigs(config: Config): IScrapeConfig[] {
  const { mode, vantagePoints } = config.monitoring
  const isElsewhere = vantagePoints.some(({ name }) => name !== undefined)
  const jobs = [...(isElsewhere ? metricsJobs(config) : []), ...(mode === 'http_sd' ? discoveryJobs(config) : [])]
  return jobs.map((job) => scrapeConfig(job, config.monitoring))
}

function scrapeConfig(job: ScrapeJob, monitoring: Monitoring): IScrapeConfig {
  return {
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'ScrapeConfig',
    metadata: metadata(monitoring, job.name.slice(monitoring.name.length + 1) || undefined),
    spec: {
      jobName: job.job,
      scheme: job.scheme === 'https' ? 'HTTPS' : 'HTTP',
      metricsPath: job.path,
      params: Object.fromEntries(Object.entries(job.params).map(([name, values]) => [name, [...values]])),
      honorLabels: job.honorLabels,
      scrapeInterval: job.interval,
      scrapeTimeout: job.scrapeTimeout,
      ...targetsOf(job),
      // The schema refuses lists of nothing.
      ...(job.relabelings.length === 0 ? {} : { relabelings: job.relabelings.map(relabeling) }),
      ...(job.metricRelabelings.length === 0 ? {} : { metricRelabelings: job.metricRelabelings.map(relabeling) }),
    },
  }
}

function targetsOf({ discoveryUrl, targets, labels }: ScrapeJob) {
  return discoveryUrl === undefined
    ? { staticConfigs: [{ targets: [...targets], labels: { ...labels } }] }
    : { httpSDConfigs: [{ url: discoveryUrl, refreshInterval: '1m' }] }
}

function relabeling({ sourceLabels, ...rest }: Relabeling) {
  return { ...rest, ...(sourceLabels === undefined ? {} : { sourceLabels: [...sourceLabels] }) }
}
