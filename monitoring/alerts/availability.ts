/** Whether targets are reached, and what they answer. */
import type { Alert, Context } from '../alert.ts'
import { changesOfState, failsBecause, reachedShare } from '../queries.ts'
import { decimal, is } from '../promql.ts'
import { userScope } from '../scope.ts'
import { BLAME_OF_TARGET, PERCENT, REASONS, STATUS_CODES, TARGET } from '../texts.ts'

/** Three failures and three recoveries. */
const FLAPS = 6
const FLAPPING_WINDOW = '30m'

export function availabilityAlerts({ config, scope }: Context): Alert[] {
  const context = { config, scope: userScope(scope, config) }
  return [...failing(context), flapping(context), unexpectedStatus(context)]
}

/** One name for both severities: Alertmanager's usual inhibition then silences the warning while the other fires. */
function failing({ scope, config }: Context): Alert[] {
  const reached = reachedShare(scope)
  const mostReached = decimal(1 - config.monitoring.quorum)
  const summary = 'A target cannot be reached.'
  return [
    {
      name: 'SyntheticProbeFailing',
      severity: 'critical',
      expression: `${reached} <= ${mostReached}`,
      summary,
      description: `${TARGET} fails: ${PERCENT} of the observers reach it.${REASONS}${BLAME_OF_TARGET}`,
      keepsFiring: true,
    },
    {
      name: 'SyntheticProbeFailing',
      severity: 'warning',
      expression: `${reached} > ${mostReached} < 1`,
      summary,
      description: `${TARGET} fails for some observers: ${PERCENT} of them reach it.${REASONS}${BLAME_OF_TARGET}`,
      keepsFiring: true,
    },
  ]
}

function flapping({ scope }: Context): Alert {
  return {
    name: 'SyntheticProbeFlapping',
    severity: 'warning',
    expression: `${changesOfState(scope, FLAPPING_WINDOW)} >= ${FLAPS}`,
    summary: 'A target fails again and again.',
    description: `${TARGET} went from good to bad or back {{ $value }} times in ${FLAPPING_WINDOW}.${REASONS}`,
    pendingSeconds: 0,
  }
}

function unexpectedStatus({ scope }: Context): Alert {
  return {
    name: 'SyntheticProbeHTTPUnexpectedStatus',
    severity: 'warning',
    expression: `${failsBecause(scope, is('reason', 'http_status'))} == 1`,
    summary: 'A target answers with a status code that is not among those wanted.',
    description: `${TARGET} is up and answers what its module does not accept.${STATUS_CODES}`,
    keepsFiring: true,
  }
}
