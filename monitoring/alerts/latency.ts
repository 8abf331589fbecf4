/** Whether targets that are reached take too long. */
import type { Alert, Context } from '../alert.ts'
import { formatPromDuration } from '../../prober/config/schema.ts'
import { decimal } from '../promql.ts'
import { alwaysReached, recentDuration, shareOfTimeout, usualDuration, usualDurationSamples } from '../queries.ts'
import { userScope } from '../scope.ts'
import { DURATION, PERCENT, TARGET } from '../texts.ts'

/** What is left of the timeout is less than the spread of most services. */
const SHARE_OF_TIMEOUT = 0.8
const TIMES_SLOWER = 2
/** Twice as slow as very fast is still fast. */
const LEAST_SECONDS = 0.1
/** At a sample a minute two hours: of less nothing is known to be usual. */
const LEAST_SAMPLES = 120
/** A slow quarter of an hour is a matter of its own; an alert for each bad minute is not. */
const SLOWER_PENDING_SECONDS = 900

export function latencyAlerts({ config, scope: all }: Context): Alert[] {
  const scope = userScope(all, config)
  const window = formatPromDuration(config.monitoring.alerts.latencyWindowSeconds)
  const reached = `${alwaysReached(scope, window)} == 1`
  return [
    {
      name: 'SyntheticProbeSlow',
      severity: 'warning',
      expression: `${shareOfTimeout(scope, window)} > ${decimal(SHARE_OF_TIMEOUT)} and ${reached}`,
      summary: 'A target takes most of the time that it has.',
      description: `${TARGET} takes ${PERCENT} of its timeout: the next step is a failure.`,
    },
    {
      name: 'SyntheticProbeSlowerThanUsual',
      severity: 'info',
      expression: [
        `${recentDuration(scope)} > ${TIMES_SLOWER} * ${usualDuration(scope)}`,
        `${recentDuration(scope)} > ${decimal(LEAST_SECONDS)}`,
        `${usualDurationSamples(scope)} >= ${LEAST_SAMPLES}`,
        reached,
      ].join(' and '),
      summary: 'A target is much slower than it was the day before.',
      description: `${TARGET} takes ${DURATION}, more than ${TIMES_SLOWER} times the median of the last day.`,
      pendingSeconds: SLOWER_PENDING_SECONDS,
    },
  ]
}
