/** ServiceMonitor objects: Services whose own `/metrics` Prometheus scrapes. */
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import {
  type Config,
  formatPromDuration,
  type Monitoring,
  SCRAPE_TIMEOUT_SECONDS,
  type ScrapedService,
} from '../prober/config/schema.ts'
import { metadata } from './metadata.ts'
import { proberJob } from './scope.ts'

export function serviceMonitors({ monitoring }: Config): IServiceMonitor[] {
  const { prober, services, vantagePoints } = monitoring
  const inCluster = vantagePoints.every(({ name }) => name === undefined)
  return [
    // Vantage points stand elsewhere, and are scraped where they are.
    ...(inCluster ? [proberMonitor(prober, monitoring)] : []),
    ...services.map((service) => serviceMonitor(service, monitoring)),
  ]
}

/** A target's `instance` is its name, not the pod that probed it: hence the prober's own labels stay as they are. */
function proberMonitor(service: ScrapedService, monitoring: Monitoring): IServiceMonitor {
  const monitor = serviceMonitor(service, monitoring)
  const [endpoint] = monitor.spec.endpoints
  const metricRelabelings = ownMetricsOnly(monitoring)
  return {
    ...monitor,
    spec: {
      ...monitor.spec,
      endpoints: [
        {
          ...endpoint,
          honorLabels: true,
          relabelings: [{ targetLabel: 'job', replacement: proberJob(monitoring) }],
          ...(metricRelabelings.length === 0 ? {} : { metricRelabelings }),
        },
      ],
    },
  }
}

/** Where Prometheus asks `/probe` for each target, the same results would be there twice. Those of paths are nowhere else. */
export function ownMetricsOnly({ mode }: Monitoring) {
  const drop = { sourceLabels: ['__name__', 'path'], regex: 'probe_.*;', action: 'drop' } as const
  return mode === 'scheduled' ? [] : [{ ...drop, sourceLabels: [...drop.sourceLabels] }]
}

/** Not over the interval, which the Operator rejects. */
export function scrapeTimes({ scrapeIntervalSeconds }: Monitoring) {
  return {
    interval: formatPromDuration(scrapeIntervalSeconds),
    scrapeTimeout: formatPromDuration(Math.min(SCRAPE_TIMEOUT_SECONDS, scrapeIntervalSeconds)),
  }
}

function serviceMonitor({ name, labels, port }: ScrapedService, monitoring: Monitoring): IServiceMonitor {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadata(monitoring, name),
    spec: {
      selector: { matchLabels: { ...labels } },
      // The Service may live beside what it serves, and this object where Prometheus is.
      namespaceSelector: { any: true },
      endpoints: [{ port, ...scrapeTimes(monitoring) }],
    },
  }
}
