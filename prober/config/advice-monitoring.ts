/** What loads and would still do nothing in the cluster, or too much, without a word of it. */
import type { Problem } from './problem.ts'
import { formatPromDuration } from './prom-duration.ts'
import type { ConfigFile } from './schema.ts'

type Block = NonNullable<ConfigFile['monitoring']>

export function adviceOnMonitoring({ monitoring, targets }: ConfigFile): Problem[] {
  return monitoring === undefined ? [] : [...withoutLabels(monitoring), ...tooSoon(monitoring, targets)]
}

export const WITHOUT_LABELS =
  'names no labels, and kube-prometheus-stack’s Prometheus passes over objects without its own; add labels: {release: NAME}'

/** A namespace is the Operator's: who has none may have no objects either. */
function withoutLabels({ namespace, labels }: Block): Problem[] {
  if (namespace === undefined || Object.keys(labels).length > 0) return []
  return [{ path: ['monitoring'], message: WITHOUT_LABELS, atKey: true }]
}

/** The default, too: it is for the interval that is a default. */
function tooSoon({ alerts }: Block, targets: ConfigFile['targets']): Problem[] {
  const longest = Math.max(0, ...targets.map(({ interval }) => interval))
  if (alerts.for >= 2 * longest) return []
  const index = targets.findIndex(({ interval }) => interval === longest)
  const sentence = `is ${formatPromDuration(alerts.for)}, and targets[${index}] is probed every ${formatPromDuration(longest)}: a single bad probe fires`
  return [
    { path: ['monitoring', 'alerts'], message: `${sentence}; write for: ${formatPromDuration(2 * longest)} or more` },
  ]
}
