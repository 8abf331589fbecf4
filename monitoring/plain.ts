/** For a Prometheus without the Operator: its own files, and Alertmanager's. */
import { type Config, formatPromDuration } from '../prober/config/schema.ts'
import { discoveryJobs, metricsJobs, pullJobs, type Relabeling, type ScrapeJob } from './scrape-job.ts'

/** A whole prometheus.yml; who has one takes the two lists of files from it. */
export function prometheusYml({ monitoring }: Config): object {
  const interval = formatPromDuration(monitoring.scrapeIntervalSeconds)
  return {
    global: { scrape_interval: interval, evaluation_interval: interval },
    rule_files: ['rules.yml'],
    scrape_config_files: ['scrape-configs.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [...monitoring.alertmanagers] }] }] },
  }
}

export function scrapeConfigsYml(config: Config): object {
  const { mode } = config.monitoring
  const probing = mode === 'pull' ? pullJobs(config) : mode === 'http_sd' ? discoveryJobs(config) : []
  return { scrape_configs: [...metricsJobs(config), ...probing].map(plainJob) }
}

function plainJob(job: ScrapeJob): object {
  const params = Object.keys(job.params).length === 0 ? {} : { params: job.params }
  const relabelings = [...job.relabelings, { targetLabel: 'job', replacement: job.job }]
  return {
    job_name: job.name,
    scheme: job.scheme,
    metrics_path: job.path,
    ...params,
    honor_labels: job.honorLabels,
    scrape_interval: job.interval,
    scrape_timeout: job.scrapeTimeout,
    ...(job.discoveryUrl === undefined
      ? { static_configs: [{ targets: job.targets, labels: job.labels }] }
      : { http_sd_configs: [{ url: job.discoveryUrl, refresh_interval: '1m' }] }),
    relabel_configs: relabelings.map(plainRelabeling),
    ...(job.metricRelabelings.length === 0
      ? {}
      : { metric_relabel_configs: job.metricRelabelings.map(plainRelabeling) }),
  }
}

function plainRelabeling({ sourceLabels, targetLabel, ...rest }: Relabeling): object {
  return {
    ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
    ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
    ...rest,
  }
}

/**
 * Where alerts go is yours to say; which of them say the same is known here: a warning beside a critical alert of the
 * same name, and targets whose prober is down. One that lacks a label equals another that lacks it: hence all labels by
 * which alerts of one name differ.
 */
export function alertmanagerYml(): object {
  const down = ['alertname="SyntheticProberDown"', 'severity="critical"']
  return {
    route: {
      receiver: 'default',
      group_by: ['alertname', 'job'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity=~"warning|info"'],
        equal: ['namespace', 'alertname', 'job', 'instance', 'vantage', 'sloth_id'],
      },
      {
        source_matchers: down,
        target_matchers: ['alertname=~"SyntheticProbeUnanswered|SyntheticTargetMissing"'],
        equal: ['job', 'vantage'],
      },
      // An objective may be of targets of several jobs.
      { source_matchers: down, target_matchers: ['alertname="SyntheticSLOCoverageLow"'] },
    ],
    receivers: [{ name: 'default' }],
  }
}
