/** All targets at once: what fails and why, what is slow, what will expire. */
import { alerts, certificateLifetimeLeft } from '../monitoring/queries.ts'
import {
  blamed,
  failing,
  failingCount,
  observedShare,
  rowCertificateSeconds,
  rowCertificateShare,
  rowDuration,
  rowState,
  rowStatusCode,
  rowUptime,
  slowest,
  stateHistory,
  successShare,
  targetCount,
} from '../monitoring/target-queries.ts'
import { board, linkTo } from './board.ts'
import { CERTIFICATE, NONE_IS_GOOD, OBSERVED, STATE, STATUS_CODES, UPTIME } from './colours.ts'
import { figure, history, ranking } from './panels.ts'
import { type Column, table } from './tables.ts'
import { datasource, filters, JOB, JOB_AND_INSTANCE, targetVariables, NO_HOP, scopeOf } from './variables.ts'

const SCOPE = scopeOf(JOB_AND_INSTANCE, NO_HOP)
/** Of one prober, whose `up` has an instance of its own. */
const WATCHED = scopeOf(JOB)
const SLOWEST = 10

const TARGET: Column = {
  title: 'Target',
  from: { label: 'instance' },
  link: { title: 'This target', url: linkTo('sonde-target', 'instance') },
}
const CERTIFICATE_LEFT: Column = {
  title: 'Certificate left',
  from: { expr: rowCertificateShare(SCOPE) },
  unit: 'percentunit',
  decimals: 0,
  steps: CERTIFICATE,
  isBar: true,
}

export const overview = board({
  uid: 'sonde-overview',
  title: 'Synthetic monitoring / Overview',
  description: 'Every target: what fails and why, what is slow, which certificate ends next.',
  from: 'now-6h',
  variables: [datasource(), ...targetVariables(), filters()],
  rows: [
    { title: 'Now', panels: [...figures(), failingList(), firing()] },
    { title: 'When', panels: [states()] },
    { title: 'Targets', panels: [targets(), slow(), certificates()] },
  ],
})

function figures() {
  const size = { width: 4, height: 4 }
  const certificate = {
    title: 'Certificate nearest its end',
    description: 'Share of its lifetime that the certificate has left which has least; clients renew at a third.',
    unit: 'percentunit',
    none: 'no TLS',
    ...size,
  }
  return [
    figure(
      { title: 'Failing', description: 'Targets that at least one prober cannot reach.', unit: 'none', ...size },
      { expr: failingCount(SCOPE) },
      NONE_IS_GOOD,
    ),
    figure(
      {
        title: 'Targets',
        description: 'Targets that are watched; hops of paths are not counted.',
        unit: 'none',
        ...size,
      },
      { expr: targetCount(SCOPE) },
    ),
    figure(
      {
        title: 'Success',
        description: 'Share of good samples of all targets in the time shown.',
        unit: 'percentunit',
        ...size,
      },
      { expr: successShare(SCOPE, '$__range') },
      UPTIME,
    ),
    figure(
      { title: 'Longest probe', description: 'Of all targets, as it is now.', unit: 's', ...size },
      { expr: `max(${slowest(SCOPE, 1)})` },
    ),
    figure(certificate, { expr: `min(${certificateLifetimeLeft(SCOPE)})` }, CERTIFICATE),
    figure(
      {
        title: 'Observed',
        description:
          'Share of the time shown in which the targets were watched: by the rules of `sonde generate`, which know what should be, or else by the scrapes that were answered. What was not observed is in no percentage beside this.',
        unit: 'percentunit',
        ...size,
      },
      { expr: observedShare(WATCHED, '$__range') },
      OBSERVED,
    ),
  ]
}

function failingList() {
  return table(
    {
      title: 'What fails, and why',
      description:
        'Each target that fails: the phase it failed in, the reason, and of a path the hop that is to blame. Empty is good.',
      width: 16,
      height: 7,
      unit: 'none',
      none: 'Nothing fails',
    },
    [
      TARGET,
      { title: 'Reason', from: { label: 'reason', of: `${failing(SCOPE)} or ${blamed('')}` } },
      { title: 'Phase', from: { label: 'phase' } },
      { title: 'Hop to blame', from: { label: 'hop' } },
      { title: 'Job', from: { label: 'job' } },
    ],
    { title: 'Target' },
  )
}

function firing() {
  return table(
    {
      title: 'Alerts that fire',
      description: 'Of the rules that `sonde generate` writes. Empty is good.',
      width: 8,
      height: 7,
      unit: 'none',
      none: 'Nothing fires',
    },
    [
      { title: 'Alert', from: { label: 'alertname', of: alerts('firing', 'alertname=~"Synthetic.*"') } },
      { title: 'Severity', from: { label: 'severity' }, widthPixels: 80 },
      { ...TARGET, widthPixels: 160 },
    ],
    { title: 'Severity' },
  )
}

function states() {
  return history(
    {
      title: 'State',
      description:
        'Each target over time. A step is down when any sample in it was bad, so that short failures stay visible; partly, when not all observers saw it; a gap when nobody looked.',
      width: 24,
      height: 9,
      unit: 'none',
    },
    { expr: stateHistory(SCOPE, '$__interval'), legend: '{{instance}}' },
    STATE,
  )
}

function targets() {
  const frame = {
    title: 'Each target',
    description: 'A row for each target, as it is now. Click a name for its own dashboard.',
    width: 24,
    height: 10,
    unit: 'none',
  }
  return table(
    frame,
    [
      TARGET,
      { title: 'State', from: { expr: rowState(SCOPE) }, words: STATE, widthPixels: 80 },
      { title: 'HTTP status', from: { expr: rowStatusCode(SCOPE) }, words: STATUS_CODES, widthPixels: 100 },
      { title: 'Duration', from: { expr: rowDuration(SCOPE) }, unit: 's' },
      { title: 'Uptime 24 h', from: { expr: rowUptime(SCOPE, '1d') }, unit: 'percentunit', decimals: 2, steps: UPTIME },
      { title: 'Uptime 7 d', from: { expr: rowUptime(SCOPE, '7d') }, unit: 'percentunit', decimals: 2, steps: UPTIME },
      CERTIFICATE_LEFT,
      { title: 'Certificate ends in', from: { expr: rowCertificateSeconds(SCOPE) }, unit: 's' },
      { title: 'Job', from: { label: 'job' } },
    ],
    { title: 'State' },
  )
}

function slow() {
  return ranking(
    {
      title: 'Slowest',
      description: 'The ten targets whose probes take longest now.',
      width: 12,
      height: 9,
      unit: 's',
    },
    { expr: `sort_desc(${slowest(SCOPE, SLOWEST)})`, legend: '{{instance}}' },
  )
}

function certificates() {
  return table(
    {
      title: 'Certificates by what is left',
      description:
        'Share of its lifetime that each certificate has left: lifetimes go from six days to a year, so days alone say little. Below a quarter a renewal has failed.',
      width: 12,
      height: 9,
      unit: 'none',
      none: 'no TLS',
    },
    [TARGET, CERTIFICATE_LEFT, { title: 'Ends in', from: { expr: rowCertificateSeconds(SCOPE) }, unit: 's' }],
    { title: 'Certificate left' },
  )
}
