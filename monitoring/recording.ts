/** What is reckoned beforehand: because it would be dear later, or because only this configuration knows it. */
import type { Target } from '../prober/config/schema.ts'
import type { Context, Group, Rule } from './alert.ts'
import { constant, RECORDS } from './promql.ts'
import { averageDuration, seen } from './queries.ts'

export function recordingGroups(context: Context): Group[] {
  const { name } = context.config.monitoring
  const usual: Rule = { record: RECORDS.usualDuration, expr: averageDuration(context.scope, '5m') }
  const expected = expectedTargets(context).map((target) => expectation(target, context))
  const isSeen: Rule = { record: RECORDS.seen, expr: seen(context.scope) }
  return [
    { name: `${name}-durations`, rules: [usual] },
    ...(expected.length === 0 ? [] : [{ name: `${name}-expected`, rules: [...expected, isSeen] }]),
  ]
}

/** What Prometheus is to know of. It pulls no hops of paths: what is told of those stands on `/metrics`. */
export function expectedTargets({ config }: Pick<Context, 'config'>): readonly Target[] {
  return config.monitoring.mode === 'scheduled' ? config.targets : config.targets.filter((target) => !('hop' in target))
}

/** A series for each target, there whether or not anything watches it. */
function expectation({ name, intervalSeconds, labels }: Target, { config }: Context): Rule {
  return {
    record: RECORDS.expected,
    expr: constant(intervalSeconds),
    labels: { ...labels, job: config.monitoring.job, instance: name },
  }
}
