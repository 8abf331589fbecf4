/** What is reckoned beforehand: because it would be dear later, or because only this configuration knows it. */
import type { Target } from '../prober/config/schema.ts'
import type { Context, Group, Rule } from './alert.ts'
import { constant, RECORDS } from './promql.ts'
import { averageDuration, seen } from './queries.ts'
import { proberJob } from './scope.ts'

export function recordingGroups(context: Context): Group[] {
  const { name } = context.config.monitoring
  const usual: Rule = { record: RECORDS.usualDuration, expr: averageDuration(context.scope, '5m') }
  const expected = context.config.targets.map((target) => expectation(target, context))
  const isSeen: Rule = { record: RECORDS.seen, expr: seen(context.scope) }
  return [
    { name: `${name}-durations`, rules: [usual] },
    ...(expected.length === 0 ? [] : [{ name: `${name}-expected`, rules: [...expected, isSeen] }]),
  ]
}

/** A series for each target, there whether or not anything watches it. */
function expectation({ name, intervalSeconds, labels, hop }: Target, { config: { monitoring } }: Context): Rule {
  return {
    record: RECORDS.expected,
    expr: constant(intervalSeconds),
    // What is told of hops stands on the prober's own page, in every mode.
    labels: { ...labels, job: hop === undefined ? monitoring.job : proberJob(monitoring), instance: name },
  }
}
