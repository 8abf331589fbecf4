/** What a reader chooses at the top of a dashboard, and the label matchers that follow from it. */
import {
  AdHocVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Scope } from '../monitoring/queries.ts'
import { OBSERVER_LABELS } from '../monitoring/scope.ts'

/** Not `${datasource}`: Flux would put a variable of its own in its place. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const

export const JOB = 'job=~"$job"'
export const JOB_AND_INSTANCE = `${JOB},instance=~"$instance"`
/** Hops of paths are targets, too; among all targets they would count as many failures of one request. */
export const NO_HOP = 'hop=""'
/** Paths and objectives are nobody's instance. */
export const PATH = 'path=~"$path"'
export const SLO = 'sloth_id=~"$slo"'

export function scopeOf(...matchers: readonly string[]): Scope {
  const probes = matchers.join(',')
  return { probes, prober: probes, observers: OBSERVER_LABELS }
}

export function datasource() {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus')
}

/** Of any labels that one's targets have: cluster, namespace, team. Grafana adds them to every query. */
export function filters() {
  return new AdHocVariableBuilder('filters').label('Filters').datasource(DATASOURCE)
}

/** `query`: as in `label_values(up, job)`. Of All the first choice; without it, the first value. */
function choice(name: string, label: string, query: string, hasAll = true) {
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(hasAll)
    .allValue('.+')
  return hasAll ? variable.current({ text: 'All', value: '$__all' }) : variable
}

/** Of targets: what they have is theirs alone, so that All is all of them. */
export function targetVariables() {
  return [
    choice('job', 'Job', 'label_values(probe_success, job)'),
    choice('instance', 'Instance', `label_values(probe_success{${JOB}}, instance)`),
  ]
}

/** Of processes that have `metric`. No All: `up` and `process_*` are everybody's, and so would be the sums. */
export function processVariables(metric: string) {
  return [
    choice('job', 'Job', `label_values(${metric}, job)`, false),
    choice('instance', 'Instance', `label_values(${metric}{${JOB}}, instance)`),
  ]
}

export function path() {
  return choice('path', 'Path', 'label_values(probe_path_success, path)')
}

export function slo() {
  return choice('slo', 'Objective', 'label_values(slo:objective:ratio, sloth_id)')
}
