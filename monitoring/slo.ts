/**
 * Objectives: how fast the budget of failures is spent, in several windows at once (The Site Reliability Workbook,
 * chapter 5). The records have the names and labels of Sloth and the generic ones of Pyrra: their dashboards read them.
 */
import { type Slo, type SloWindow, windowSeconds } from '../prober/config/schema.ts'
import { type Alert, alertRule, type Context, type Group, type Rule } from './alert.ts'
import { constant, decimal, is, isOneOf, SLO_RECORDS, series } from './promql.ts'
import { badSamples, coverage, errorRatio } from './queries.ts'
import { pulledEverySeconds } from './probe.ts'
import { userScope } from './scope.ts'
import {
  availability,
  badSampleRate,
  budgetLeft,
  burnRate,
  burnsFast,
  errorRecord,
  ofSlo,
  RANGE_SECONDS,
  RANGES,
  type Range,
  sampleRate,
  windowErrorRatio,
} from './slo-queries.ts'
import { PERCENT } from './texts.ts'

/** Spending so much of the budget within the long window calls somebody, while the short one says that it goes on. */
interface BurnWindow {
  readonly long: Range
  readonly short: Range
  /** Of the whole budget. */
  readonly budgetShare: number
}

interface BurnWindows {
  readonly page: readonly [BurnWindow, BurnWindow]
  readonly ticket: readonly [BurnWindow, BurnWindow]
}

/** Page and ticket as the workbook has them for a month; Sloth scales the shares so for a week. */
function burnWindows(pageQuick: number, pageSlow: number, ticketQuick: number, ticketSlow: number): BurnWindows {
  return {
    page: [
      { long: '1h', short: '5m', budgetShare: pageQuick },
      { long: '6h', short: '30m', budgetShare: pageSlow },
    ],
    ticket: [
      { long: '1d', short: '2h', budgetShare: ticketQuick },
      { long: '3d', short: '6h', budgetShare: ticketSlow },
    ],
  }
}

const MONTH = burnWindows(0.02, 0.05, 0.1, 0.1)
const BURN_WINDOWS: Readonly<Record<SloWindow, BurnWindows>> = {
  '7d': burnWindows(0.08, 0.125, 0.2, 0.42),
  '28d': MONTH,
  '30d': MONTH,
}

const DAY_SECONDS = 86_400
/** Of the last hour; the rest of a kept promise would be a guess. */
const LEAST_COVERAGE = 0.9
const COVERAGE_RANGE = '1h'
/** A Prometheus that has just begun knows a few minutes, and the first of them is always without a result. */
const COVERAGE_PENDING_SECONDS = 600
const PENDING_SECONDS = { page: 120, ticket: 900 } as const

export function sloGroups(context: Context): Group[] {
  return context.config.slos.flatMap((slo) => {
    const id = idOf(slo, context)
    return [
      { name: `sloth-slo-sli-recordings-${id}`, rules: [...errorRules(slo, context), coverageRule(slo, context)] },
      { name: `sloth-slo-meta-recordings-${id}`, rules: metaRules(slo, context) },
      { name: `${id}-pyrra-generic`, rules: pyrraRules(slo, context) },
      { name: `sloth-slo-alerts-${id}`, rules: sloAlerts(slo, context).map((alert) => alertRule(alert, context)) },
    ]
  })
}

function idOf({ name }: Slo, { config }: Context): string {
  return `${config.monitoring.name}-${name}`
}

/** The series of the probes that it is a promise about; an inner hop of a path only where it is named. */
function matchersOf({ targets, labels }: Slo, { scope, config }: Context): string {
  if (targets !== undefined) return [scope.probes, isOneOf('instance', targets)].join(',')
  return [userScope(scope, config).probes, ...Object.entries(labels).map(([name, value]) => is(name, value))].join(',')
}

function slothLabels(slo: Slo, context: Context): Record<string, string> {
  return { sloth_id: idOf(slo, context), sloth_service: slo.service, sloth_slo: slo.name }
}

function errorRules(slo: Slo, context: Context): Rule[] {
  const labels = slothLabels(slo, context)
  const record = (range: string, expr: string): Rule => ({
    record: errorRecord(range),
    expr,
    labels: { ...labels, sloth_window: range },
  })
  return [
    ...RANGES.map((range) => record(range, errorRatio(matchersOf(slo, context), range))),
    record(slo.window, windowErrorRatio(ofSlo(idOf(slo, context)), slo.window)),
  ]
}

function coverageRule(slo: Slo, context: Context): Rule {
  const expr = coverage(matchersOf(slo, context), COVERAGE_RANGE)
  return { record: SLO_RECORDS.coverage, expr, labels: slothLabels(slo, context) }
}

function metaRules(slo: Slo, context: Context): Rule[] {
  const labels = slothLabels(slo, context)
  const id = ofSlo(idOf(slo, context))
  const info = {
    sloth_mode: 'sonde',
    sloth_objective: decimal(slo.objective * 100),
    sloth_spec: 'sonde.yml',
    sloth_version: 'sonde',
  }
  return [
    { record: SLO_RECORDS.objective, expr: constant(slo.objective), labels },
    { record: SLO_RECORDS.budget, expr: constant(1 - slo.objective), labels },
    { record: SLO_RECORDS.days, expr: constant(windowSeconds(slo.window) / DAY_SECONDS), labels },
    { record: SLO_RECORDS.currentBurn, expr: burnRate(id, '5m'), labels },
    { record: SLO_RECORDS.windowBurn, expr: burnRate(id, slo.window), labels },
    { record: SLO_RECORDS.budgetLeft, expr: budgetLeft(id), labels },
    { record: SLO_RECORDS.info, expr: constant(1), labels: { ...labels, ...info } },
  ]
}

/** Those that Pyrra's Grafana dashboards read, whatever the kind of the indicator. */
function pyrraRules(slo: Slo, context: Context): Rule[] {
  const labels = { slo: slo.name }
  const matchers = matchersOf(slo, context)
  return [
    { record: SLO_RECORDS.pyrraObjective, expr: constant(slo.objective), labels },
    { record: SLO_RECORDS.pyrraWindow, expr: constant(windowSeconds(slo.window)), labels },
    { record: SLO_RECORDS.pyrraAvailability, expr: availability(ofSlo(idOf(slo, context)), slo.window), labels },
    { record: SLO_RECORDS.pyrraRequests, expr: sampleRate(matchers), labels },
    { record: SLO_RECORDS.pyrraErrors, expr: badSampleRate(matchers), labels },
  ]
}

function sloAlerts(slo: Slo, context: Context): Alert[] {
  const windows = BURN_WINDOWS[slo.window]
  return [
    burnAlert(slo, context, 'page', windows.page),
    burnAlert(slo, context, 'ticket', windows.ticket),
    {
      name: 'SyntheticSLOCoverageLow',
      severity: 'warning',
      expression: `${series(SLO_RECORDS.coverage, ofSlo(idOf(slo, context)))} < ${LEAST_COVERAGE}`,
      summary: 'Too little was observed to say whether an objective is kept.',
      description: `Of the targets of the objective ${slo.name} only ${PERCENT} of the last ${COVERAGE_RANGE} was observed.`,
      labels: slothLabels(slo, context),
      pendingSeconds: COVERAGE_PENDING_SECONDS,
    },
  ]
}

/** Few bad samples are no trend, however small the budget: one missed probe in ten minutes is 10 %. */
function burnAlert(slo: Slo, context: Context, kind: 'page' | 'ticket', windows: readonly BurnWindow[]): Alert {
  const over = windows.map((window) => `(${burns(slo, context, window)})`).join(' or ')
  const objective = decimal(slo.objective * 100)
  return {
    name: 'SyntheticSLOBurnRate',
    severity: kind === 'page' ? 'critical' : 'warning',
    expression: over,
    summary: 'The failures that an objective allows are used up too fast.',
    description: `The objective ${slo.name} (${objective} % in ${slo.window}) spends its budget too fast: ${PERCENT} of the samples were bad lately.`,
    pendingSeconds: PENDING_SECONDS[kind],
    labels: { ...slothLabels(slo, context), sloth_severity: kind },
  }
}

function burns(slo: Slo, context: Context, { long, short, budgetShare }: BurnWindow): string {
  const factor = (budgetShare * windowSeconds(slo.window)) / RANGE_SECONDS[long]
  const fast = burnsFast(ofSlo(idOf(slo, context)), short, long, factor * (1 - slo.objective))
  return `${fast} and on () (${badSamples(matchersOf(slo, context), long)} >= ${slo.leastBadSamples * samplesOfRun(slo, context)})`
}

/** Where Prometheus looks more often than the prober does, one bad run is several bad samples. */
function samplesOfRun(slo: Slo, { config }: Context): number {
  const { mode, scrapeIntervalSeconds } = config.monitoring
  const own = config.targets.filter(({ name, labels }) => isOf(slo, name, labels))
  const counts = own.map(({ intervalSeconds }) => {
    const lookedAtSeconds = mode === 'pull' ? pulledEverySeconds(intervalSeconds) : scrapeIntervalSeconds
    return Math.ceil(intervalSeconds / lookedAtSeconds)
  })
  return Math.max(1, ...counts)
}

function isOf(slo: Slo, name: string, labels: Readonly<Record<string, string>>): boolean {
  if (slo.targets !== undefined) return slo.targets.includes(name)
  return Object.entries(slo.labels).every(([label, value]) => labels[label] === value)
}
