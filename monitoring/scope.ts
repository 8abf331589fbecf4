/** Where the rules of a configuration look. */
import type { Config, Monitoring } from '../prober/config/schema.ts'
import { is, isNoneOf, isOneOf } from './promql.ts'
import type { Scope } from './queries.ts'

/**
 * Labels by which two probers differ that watch the same target: the Operator's, and ours for vantage points. Rules add
 * up over them; everything else, such as a target's own labels, stays for the routes of Alertmanager.
 */
export const OBSERVER_LABELS = ['container', 'endpoint', 'node', 'pod', 'service', 'vantage'] as const

export function scopeOf(monitoring: Monitoring): Scope {
  return {
    probes: isOneOf('job', [...new Set([monitoring.job, proberJob(monitoring)])]),
    prober: is('job', proberJob(monitoring)),
    observers: OBSERVER_LABELS,
  }
}

/** Of the prober's own metrics, and of the hops of paths. Where Prometheus reads all from `/metrics`, there is one job. */
export function proberJob({ mode, job }: Monitoring): string {
  return mode === 'scheduled' ? job : `${job}-prober`
}

/** What users see: of a path only its outermost hop. That an inner one fails is told of the path. */
export function userScope(scope: Scope, { paths }: Config): Scope {
  const inner = paths.flatMap(({ hops }) => hops.slice(1).map(({ name }) => name))
  return inner.length === 0 ? scope : { ...scope, probes: `${scope.probes},${isNoneOf('instance', inner)}` }
}
