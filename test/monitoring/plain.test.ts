import { alertmanagerYml } from '../../monitoring/plain.ts'
import { assert, describe } from '../harness.ts'

type Labels = Readonly<Record<string, string>>

interface Inhibition {
  readonly source_matchers: readonly string[]
  readonly target_matchers: readonly string[]
  readonly equal?: readonly string[]
}

/** As Alertmanager reads it: a pattern is anchored, and a label that is not there is empty. */
function matches(labels: Labels, matchers: readonly string[]): boolean {
  return matchers.every((matcher) => {
    const [, name = '', sign, value = ''] = /^(\w+)(=~?)"(.*)"$/.exec(matcher) ?? []
    return new RegExp(sign === '=~' ? `^(?:${value})$` : `^${RegExp.escape(value)}$`).test(labels[name] ?? '')
  })
}

function isSilenced(target: Labels, by: Labels): boolean {
  const { inhibit_rules: rules } = alertmanagerYml() as { readonly inhibit_rules: readonly Inhibition[] }
  return rules.some(
    ({ source_matchers: source, target_matchers: of, equal = [] }) =>
      matches(by, source) && matches(target, of) && equal.every((name) => (target[name] ?? '') === (by[name] ?? '')),
  )
}

const burn = (slo: string, severity: string) => ({ alertname: 'SyntheticSLOBurnRate', severity, sloth_id: slo })
const down = (severity: string, more: Labels = {}) => ({ alertname: 'SyntheticProberDown', severity, ...more })
const failing = (instance: string, severity: string) => ({
  ...{ alertname: 'SyntheticProbeFailing', severity, job: 'sonde', instance },
})
const UNANSWERED = { alertname: 'SyntheticProbeUnanswered', severity: 'warning', instance: 'a' }

const ROWS: readonly (readonly [title: string, target: Labels, by: Labels, isSilent: boolean])[] = [
  ['the lesser of one target', failing('a', 'warning'), failing('a', 'critical'), true],
  ['the lesser of another target', failing('a', 'warning'), failing('b', 'critical'), false],
  ['the ticket of one objective', burn('a', 'warning'), burn('a', 'critical'), true],
  ['the ticket of another objective', burn('a', 'warning'), burn('b', 'critical'), false],
  [
    'some probers of another place',
    down('warning', { job: 'sonde', vantage: 'us' }),
    down('critical', { job: 'sonde', vantage: 'eu' }),
    false,
  ],
  ['a target of the prober that is down', { ...UNANSWERED, job: 'a' }, down('critical', { job: 'a' }), true],
  ['a target of another prober', { ...UNANSWERED, job: 'a' }, down('critical', { job: 'b' }), false],
  [
    'what an objective could not observe',
    { alertname: 'SyntheticSLOCoverageLow', severity: 'warning', sloth_id: 'a' },
    down('critical', { job: 'a' }),
    true,
  ],
]

describe('monitoring/plain: Alertmanager', (test) => {
  for (const [title, target, by, isSilent] of ROWS)
    test(`${title} is ${isSilent ? 'silenced' : 'told'}`, () => assert.is(isSilenced(target, by), isSilent))
})
