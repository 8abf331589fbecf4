/** Objectives: what is left of each budget of failures, how fast it goes, and who spends it. */
import {
  badSamplesByTarget,
  badSeconds,
  badShare,
  badShareAllowed,
  burnRateOver,
  firingSloAlerts,
  secondsToExhaustion,
  sloRecord,
} from '../monitoring/slo-queries.ts'
import { board } from './board.ts'
import { BUDGET, FIRING, OBSERVED } from './colours.ts'
import { figure, history, lines, linesWithin, ranking, withLimit } from './panels.ts'
import { datasource, filters, JOB_AND_INSTANCE, targetVariables, NO_HOP, SLO, slo } from './variables.ts'

const NO_RULES = 'Needs `slo:` and the rules of `sonde generate`'
/** Above this the whole budget is gone before the window ends. */
const SUSTAINABLE_BURN = 1
/** What spends 2 % of the budget of a month in an hour, and calls somebody. */
const PAGING_BURN = 14.4
const WORST = 10
/** A quick one, and the two that make somebody look. */
const WINDOWS = ['1h', '6h', '3d'] as const

export const objectives = board({
  uid: 'sonde-slo',
  title: 'Synthetic monitoring / SLO',
  description: 'Objectives: what is left of each budget of failures, how fast it goes, and who spends it.',
  from: 'now-7d',
  variables: [datasource(), slo(), ...targetVariables(), filters()],
  rows: [
    { title: 'Now', panels: figures() },
    { title: 'Budget', panels: [burnDown(), alertState(), burnRates(), shares()] },
    { title: 'Who spends it', panels: [spenders()] },
  ],
})

function figures() {
  const size = { width: 4, height: 4, none: NO_RULES }
  return [
    figure(
      { title: 'Objective', description: 'Share of samples that are to be good.', unit: 'percentunit', ...size },
      { expr: sloRecord('objective', SLO), legend: '{{sloth_id}}' },
    ).decimals(2),
    figure(
      {
        title: 'Budget left',
        description:
          'Of the failures that the objective allows in its window, the share that is left; below 0 it is broken.',
        unit: 'percentunit',
        ...size,
      },
      { expr: sloRecord('budgetLeft', SLO), legend: '{{sloth_id}}' },
      BUDGET,
    ),
    figure(
      {
        title: 'Burn rate',
        description: 'At 1 the budget lasts just the whole window; of the last five minutes.',
        unit: 'none',
        ...size,
      },
      { expr: sloRecord('currentBurn', SLO), legend: '{{sloth_id}}' },
      ['green', [SUSTAINABLE_BURN, 'orange'], [PAGING_BURN, 'red']],
    ).decimals(1),
    figure(
      {
        title: 'Exhausted in',
        description:
          'Until nothing of the budget is left, if it goes on as in the last hour. Empty: nothing is being spent.',
        unit: 'dtdurations',
        ...size,
        none: 'never',
      },
      { expr: secondsToExhaustion(SLO), legend: '{{sloth_id}}' },
      ['red', [86_400, 'orange'], [7 * 86_400, 'green']],
    ),
    figure(
      {
        title: 'Time failed',
        description: 'In the window of the objective; each bad sample counts as long as its interval.',
        unit: 'dtdurations',
        ...size,
      },
      { expr: badSeconds(SLO), legend: '{{sloth_id}}' },
    ),
    figure(
      {
        title: 'Observed',
        description: 'Of the last hour, the share that was watched. A promise that nobody looked at is not kept.',
        unit: 'percentunit',
        ...size,
      },
      { expr: sloRecord('coverage', SLO), legend: '{{sloth_id}}' },
      OBSERVED,
    ),
  ]
}

function burnDown() {
  return linesWithin(
    {
      title: 'Budget burn-down',
      description:
        'What is left of the budget over time: a step is an incident, a slope a sickness. It comes back as old failures leave the window; more than twice spent is not shown.',
      width: 16,
      height: 9,
      unit: 'percentunit',
      none: NO_RULES,
    },
    [{ expr: sloRecord('budgetLeft', SLO), legend: '{{sloth_id}}' }],
    BUDGET,
  )
    .fillOpacity(15)
    .min(-1)
    .max(1)
}

function alertState() {
  return history(
    {
      title: 'Alerts on objectives',
      description: 'When the budget went too fast, or too little was observed to say. Empty is good.',
      width: 8,
      height: 9,
      unit: 'none',
      none: 'Nothing fired',
    },
    { expr: firingSloAlerts(SLO, '$__interval'), legend: '{{sloth_id}} {{severity}}' },
    FIRING,
  )
}

function burnRates() {
  return linesWithin(
    {
      title: 'Burn rate by window',
      description: `At 1 the budget lasts just the whole window; at ${PAGING_BURN} for an hour somebody is called. A short window says that it goes on, a long one that it matters.`,
      width: 12,
      height: 10,
      unit: 'none',
      none: NO_RULES,
    },
    WINDOWS.map((range) => ({ expr: burnRateOver(SLO, range), legend: `{{sloth_id}} ${range}` })),
    ['green', [SUSTAINABLE_BURN, 'orange'], [PAGING_BURN, 'red']],
  )
}

function shares() {
  return withLimit(
    lines(
      {
        title: 'Bad samples against what is allowed',
        description: 'Share of bad samples in an hour, and the share that the objective allows over its whole window.',
        width: 12,
        height: 10,
        unit: 'percentunit',
        none: NO_RULES,
      },
      [
        { expr: badShare(SLO, '1h'), legend: '{{sloth_id}}' },
        { expr: badShareAllowed(SLO), legend: '{{sloth_id}} allowed' },
      ],
    ),
    '/ allowed$/',
  )
}

function spenders() {
  return ranking(
    {
      title: 'Bad samples by target',
      description: 'In the time shown; the ten targets with most. Choose targets above to see those of one objective.',
      width: 24,
      height: 9,
      unit: 'none',
    },
    {
      expr: `sort_desc(${badSamplesByTarget(`${JOB_AND_INSTANCE},${NO_HOP}`, '$__range', WORST)})`,
      legend: '{{instance}}',
    },
    ['green', [1, 'orange']],
  )
}
