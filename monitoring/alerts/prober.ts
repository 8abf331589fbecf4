/** Whether the prober itself can be relied on: without it, a target that fails looks like one that is fine. */
import type { Alert, Context } from '../alert.ts'
import { decimal, is } from '../promql.ts'
import {
  answering,
  exportFailures,
  missedRuns,
  nothingToScrape,
  overloadedShare,
  reloadFailed,
  scrapeFails,
  unknownModules,
  unreadSources,
} from '../queries.ts'
import { PERCENT, TARGET } from '../texts.ts'

const WINDOW = '10m'
/** One stall in an hour is life, one in ten probes falsifies the percentiles. */
const OVERLOADED_SHARE = 0.1
/** An API server that is moved to another version is away for less, and what was found is probed meanwhile. */
const UNREAD_PENDING_SECONDS = 600
/** A prober is what its pods and its vantage point make it; targets of the same prober answer or fail together. */
const OF_PROBER = ['job', 'namespace', 'vantage'] as const

export function proberAlerts(context: Context): Alert[] {
  return [...down(context), ...unanswered(context), ...ownState(context), ...ownWork(context)]
}

/** `probe_success` is not 0 when the prober is gone, it is not there. */
function down(context: Context): Alert[] {
  const { config } = context
  const { mode, job, prometheusShards } = config.monitoring
  const answers = answering(context.scope.probes, OF_PROBER)
  const isExpected = mode === 'scheduled' || config.targets.some(({ hop }) => hop === undefined)
  const absent = isExpected && prometheusShards === 1 ? ` or ${nothingToScrape(is('job', job))}` : ''
  const summary = 'A prober does not answer.'
  const some: Alert = {
    name: 'SyntheticProberDown',
    severity: 'warning',
    expression: `${answering(context.scope.prober, OF_PROBER)} > 0 < 1`,
    summary,
    description: `Of the probers of the job {{ $labels.job }} only ${PERCENT} answer.`,
  }
  return [
    {
      name: 'SyntheticProberDown',
      severity: 'critical',
      expression: `${answers} == 0${absent}`,
      summary,
      description:
        'No prober of the job {{ $labels.job }} answers{{ with $labels.vantage }} from {{ . }}{{ end }}, or Prometheus does not know of one: nothing is watched.',
    },
    some,
  ]
}

/** Where Prometheus asks for each target, one alone may go unanswered: an unknown module, or a probe past the scrape's end. */
function unanswered({ config }: Context): Alert[] {
  if (config.monitoring.mode === 'scheduled' && config.monitoring.ingress.length === 0) return []
  return [
    {
      name: 'SyntheticProbeUnanswered',
      severity: 'warning',
      expression: scrapeFails(is('job', config.monitoring.job), OF_PROBER),
      summary: 'The prober answers, but not for this target.',
      description: `Prometheus asked for ${TARGET} and got no metrics: an unknown module, or no answer before the scrape timed out.`,
    },
  ]
}

function ownState({ scope, config }: Context): Alert[] {
  return [
    {
      name: 'SyntheticProberConfigReloadFailed',
      severity: 'warning',
      expression: reloadFailed(scope),
      summary: 'The prober could not load its configuration.',
      description: `The prober ${TARGET} runs on with the configuration that it had: the new one has errors, which its log names.`,
    },
    {
      name: 'SyntheticDiscoveryOutOfDate',
      severity: 'warning',
      expression: unreadSources(scope),
      summary: 'The prober cannot read a source of its targets.',
      description: `The prober ${TARGET} cannot read {{ $labels.source }}: it probes what it found before, and nothing that came since.`,
      pendingSeconds: Math.max(UNREAD_PENDING_SECONDS, config.monitoring.alerts.pendingSeconds),
    },
    {
      name: 'SyntheticProberUnknownModule',
      severity: 'warning',
      expression: `${unknownModules(scope, WINDOW)} > 0`,
      summary: 'Somebody asks for a module that there is not.',
      description: `The prober ${TARGET} was asked {{ $value | humanize }} times in ${WINDOW} for a module that it does not have.`,
      pendingSeconds: 0,
    },
  ]
}

function ownWork({ scope }: Context): Alert[] {
  return [
    {
      name: 'SyntheticProberOverloaded',
      severity: 'warning',
      expression: `${overloadedShare(scope, WINDOW, [...OF_PROBER, 'pod'])} > ${decimal(OVERLOADED_SHARE)}`,
      summary: 'The prober is too busy to measure well.',
      description: `${PERCENT} of the runs of the job {{ $labels.job }}{{ with $labels.pod }} in {{ . }}{{ end }} were held up by the prober itself: their times say nothing of the targets.`,
    },
    {
      name: 'SyntheticProberMissesRuns',
      severity: 'warning',
      expression: `${missedRuns(scope, WINDOW)} > 0`,
      summary: 'The prober leaves out scheduled runs.',
      description: `The prober ${TARGET} left out {{ $value | humanize }} runs in ${WINDOW}.`,
    },
    {
      name: 'SyntheticProberExportFailing',
      severity: 'info',
      expression: `${exportFailures(scope, WINDOW)} > 0`,
      summary: 'The prober cannot deliver what it exports.',
      description: `The prober ${TARGET} failed {{ $value | humanize }} times in ${WINDOW} to deliver its {{ $labels.signal }}.`,
    },
  ]
}
