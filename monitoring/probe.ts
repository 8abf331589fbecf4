/** Probe objects: which targets Prometheus asks the prober about, when it does the asking. */
import type { IProbe } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Probe'
import {
  type Config,
  formatDuration,
  formatPromDuration,
  type IngressSource,
  LONGEST_SCRAPE_INTERVAL_SECONDS,
  maxAgeSeconds,
  type Monitoring,
  type ProberAddress,
  SCRAPE_TIMEOUT_SECONDS,
  type Target,
  TIMEOUT_OFFSET_SECONDS,
  type VantagePoint,
} from '../prober/config/schema.ts'
import { metadata, objectName } from './metadata.ts'

/** What Prometheus asks alike: one module, interval and set of labels. */
export interface PulledGroup {
  readonly name: string
  readonly module: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  /** How old a result of the prober's own schedule may be that is given for an answer. */
  readonly maxAgeSeconds: number
  readonly labels: Readonly<Record<string, string>>
  /**
   * Names, not addresses: the prober, which has the same file, knows what belongs to one (host name, question, retries),
   * the label `instance` follows by itself, and a password in an address stays where it is.
   */
  readonly targets: readonly string[]
}

export function pulledGroups(config: Config): PulledGroup[] {
  // What is told of the hops of paths stands on /metrics.
  const pulled = config.targets.filter(({ hop }) => hop === undefined)
  const alike = Map.groupBy(pulled, (target) =>
    JSON.stringify([target.module, target.intervalSeconds, Object.entries(target.labels).sort()]),
  )
  const taken = new Set<string>()
  return [...alike.values()].flatMap((targets) => {
    const [first] = targets
    return first === undefined ? [] : [pulledGroup(first, targets, config, taken)]
  })
}

function pulledGroup(
  first: Target,
  targets: readonly Target[],
  { modules, monitoring }: Config,
  taken: Set<string>,
): PulledGroup {
  const { module, labels } = first
  const ownSeconds = modules.get(module)?.timeoutSeconds ?? 0
  const intervalSeconds = pulledEverySeconds(first.intervalSeconds)
  return {
    name: objectName([module, formatPromDuration(first.intervalSeconds), ...Object.values(labels)], taken),
    module,
    intervalSeconds,
    timeoutSeconds: monitoring.scrapeTimeoutSeconds ?? Math.min(intervalSeconds, scrapeSeconds(ownSeconds)),
    maxAgeSeconds: maxAgeSeconds(first.intervalSeconds, ownSeconds),
    labels,
    targets: targets.map(({ name }) => name),
  }
}

/** One that is rarer than Prometheus can remember is answered from the schedule: no gaps, and no more probes. */
export function pulledEverySeconds(intervalSeconds: number): number {
  return Math.min(intervalSeconds, LONGEST_SCRAPE_INTERVAL_SECONDS)
}

/** The probe's time, and what the prober keeps for the answer. */
function scrapeSeconds(timeoutSeconds: number): number {
  return timeoutSeconds === 0 ? SCRAPE_TIMEOUT_SECONDS : timeoutSeconds + TIMEOUT_OFFSET_SECONDS
}

export function probes(config: Config): IProbe[] {
  const { mode, vantagePoints, ingress } = config.monitoring
  return vantagePoints.flatMap((point) => [
    ...(mode === 'pull' ? pulledGroups(config).map((group) => staticProbe(group, point, config.monitoring)) : []),
    ...ingress.map((source) => ingressProbe(source, point, config)),
  ])
}

function staticProbe(group: PulledGroup, point: VantagePoint, monitoring: Monitoring): IProbe {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Probe',
    metadata: metadata(monitoring, group.name, point.name),
    spec: {
      jobName: monitoring.job,
      prober: proberOf(point.prober),
      module: group.module,
      // Go's grammar, as the prober reads it: no days.
      params: [{ name: 'max_age', values: [formatDuration(group.maxAgeSeconds)] }],
      interval: formatPromDuration(group.intervalSeconds),
      scrapeTimeout: formatPromDuration(group.timeoutSeconds),
      targets: {
        staticConfig: { static: [...group.targets], labels: { ...group.labels, ...vantageLabel(point) } },
      },
    },
  }
}

/** These are in no schedule, and a URL may be asked by two modules: the label `module` tells them apart. */
function ingressProbe(source: IngressSource, point: VantagePoint, { modules, monitoring }: Config): IProbe {
  const { name, module, labels, namespaces, intervalSeconds } = source
  const ownSeconds = modules.get(module)?.timeoutSeconds ?? 0
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Probe',
    metadata: metadata(monitoring, name, point.name),
    spec: {
      jobName: monitoring.job,
      prober: proberOf(point.prober),
      module,
      interval: formatPromDuration(intervalSeconds),
      scrapeTimeout: formatPromDuration(Math.min(intervalSeconds, scrapeSeconds(ownSeconds))),
      targets: {
        ingress: {
          selector: { matchLabels: { ...labels } },
          namespaceSelector: namespaces.length === 0 ? { any: true } : { matchNames: [...namespaces] },
          relabelingConfigs: [
            { sourceLabels: ['__param_module'], targetLabel: 'module' },
            ...Object.entries(vantageLabel(point)).map(([targetLabel, replacement]) => ({ targetLabel, replacement })),
          ],
        },
      },
    },
  }
}

/** With a scheme in `url` the Operator skips the whole object and says so only in its own log. */
function proberOf({ scheme, host, prefix }: ProberAddress) {
  return { url: host, scheme, path: `${prefix}/probe` } as const
}

export function vantageLabel({ name }: VantagePoint): Record<string, string> {
  return name === undefined ? {} : { vantage: name }
}
