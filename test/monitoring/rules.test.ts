import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Rule } from '../../monitoring/alert.ts'
import { ruleGroups } from '../../monitoring/rules.ts'
import { ALERT_NAMES } from '../../prober/config/schema.ts'
import { assert, describe } from '../harness.ts'
import { configured, FULL } from './configured.ts'

const RUNBOOK = readFileSync(resolve(import.meta.dirname, '../../monitoring/runbook.md'), 'utf8')

async function rulesOf(text: string): Promise<Rule[]> {
  return ruleGroups(await configured(text)).flatMap(({ rules }) => [...rules])
}

async function alertsOf(text: string): Promise<Rule[]> {
  return (await rulesOf(text)).filter(({ alert }) => alert !== undefined)
}

const unique = <T>(items: readonly T[]) => [...new Set(items)]

describe('monitoring/rules', (test) => {
  test('every alert is in the rules of some configuration, and no other', async () => {
    const rules = [...(await alertsOf(FULL)), ...(await alertsOf(`${FULL}monitoring: {mode: pull}`))]
    assert.equal(unique(rules.map(({ alert }) => alert)).sort(), [...ALERT_NAMES].sort())
  })

  for (const name of ALERT_NAMES) {
    test(`the runbook says of ${name} what it means, where to look, what to do and when to be silent`, () => {
      const section = RUNBOOK.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? ''
      for (const word of ['Means', 'Look', 'Do', 'Silence']) assert.match(section, `**${word}**: `, word)
    })
  }

  test('the runbook has no section too many', () => {
    const titles = [...RUNBOOK.matchAll(/^## (.*)$/gm)].map(([, title]) => title)
    assert.equal(titles, [...ALERT_NAMES])
  })

  test('annotations are those of the monitoring mixins', async () => {
    for (const { alert, labels, annotations } of await alertsOf(FULL)) {
      assert.match(annotations?.summary ?? '', /^[A-Z][^{}$]*\.$/, alert)
      assert.match(annotations?.description ?? '', /\S\.?/, alert)
      assert.is(annotations?.runbook_url, `runbook.md#${alert?.toLowerCase()}`)
      assert.match(labels?.severity ?? '', /^(critical|warning|info)$/)
      assert.not.match(JSON.stringify(labels), /\$value|\{\{/, 'a label that changes is another alert each time')
    }
  })

  test('one summary for each alert, and one severity for each of its rules', async () => {
    const byName = Map.groupBy(await alertsOf(FULL), ({ alert }) => alert)
    for (const [name, rules] of byName) {
      assert.is(unique(rules.map(({ annotations }) => annotations?.summary)).length, 1, name)
      assert.is(unique(rules.map(({ labels }) => labels?.severity)).length, rules.length, name)
    }
  })

  test('groups have unique names, as the API server merges them by name', async () => {
    const names = ruleGroups(await configured(`${FULL}  - {name: all}\n`)).map(({ name }) => name)
    assert.equal(unique(names), names)
  })

  test('the settings of the file are obeyed', async () => {
    const rules = await alertsOf(`${FULL}
monitoring:
  job: probes
  quorum: 0.3
  runbook_url: https://wiki/x
  alerts: {for: 10s, keep_firing_for: 20s, disabled: [SyntheticProbeFlapping]}`)
    const [failing] = rules
    assert.equal([failing?.for, failing?.keep_firing_for], ['10s', '20s'])
    assert.match(failing?.expr ?? '', /probe_success\{job="probes",.*<= 0\.7$/)
    assert.is(failing?.annotations?.runbook_url, 'https://wiki/x#syntheticprobefailing')
    assert.not.ok(rules.some(({ alert }) => alert === 'SyntheticProbeFlapping'))
  })

  test('with several shards of Prometheus nothing is said of what only one of them can see', async () => {
    const text = JSON.stringify(await alertsOf(`${FULL}monitoring: {prometheus_shards: 3}`))
    assert.not.match(text, /absent\(|SyntheticTargetMissing/)
  })

  test('what is named with special characters is found by that name', async () => {
    const [first] = await rulesOf(`
targets: [{name: 'a "b" \\c.d+e', address: "http://a/"}, {name: f, address: "http://f/"}]
slo: [{name: odd, targets: ['a "b" \\c.d+e', f]}, {name: one, targets: ['a "b" \\c.d+e']}]`).then((rules) =>
      rules.filter(({ record }) => record === 'slo:sli_error:ratio_rate5m'),
    )
    assert.match(first?.expr ?? '', String.raw`instance=~"a \"b\" \\\\c\\.d\\+e|f"`)
  })

  test('of a path only the outermost hop counts as a target that fails', async () => {
    const [failing] = await alertsOf(FULL)
    assert.match(failing?.expr ?? '', 'instance!~"way/pod"')
  })
})

const FACTORS = [
  ['7d', ['13.44', '3.5', '1.4', '0.98']],
  ['30d', ['14.4', '6', '3', '1']],
] as const

describe('monitoring/slo', (test) => {
  for (const [window, factors] of FACTORS) {
    test(`over ${window} the budget may be spent ${factors.join(', ')} times as fast as evenly`, async () => {
      const rules = await alertsOf(`${FULL}  - {name: tenth, objective: 90, window: ${window}}
monitoring: {retention: 30d}`)
      const burning = rules.filter(
        ({ alert, labels }) => alert === 'SyntheticSLOBurnRate' && labels?.sloth_slo === 'tenth',
      )
      const limits = burning.flatMap(({ expr }) =>
        [...expr.matchAll(/> ([\d.]+)\)/g)].map(([, limit]) => Number(limit)),
      )
      const wanted = factors.flatMap((factor) => [Number(factor), Number(factor)])
      assert.equal(
        limits.map((limit) => Number((limit * 10).toPrecision(6))),
        wanted,
      )
    })
  }

  for (const [title, settings, least] of [
    ['as often as the prober probes', 'scrape_interval: 30s', 3],
    ['six times as often', 'scrape_interval: 5s', 18],
    ['of a pulled target that is rarer than can be pulled', 'mode: pull', 15],
  ] as const) {
    test(`bad probes are counted, not bad samples, where Prometheus looks ${title}`, async () => {
      const interval = settings === 'mode: pull' ? '10m' : '30s'
      const rules = await alertsOf(`
targets: [{name: shop, address: "http://a/", interval: ${interval}}, {name: other, address: "http://b/", interval: 1h}]
slo: [{name: a, targets: [shop]}]
monitoring: {${settings}}`)
      const burning = rules.find(({ alert }) => alert === 'SyntheticSLOBurnRate')
      assert.match(burning?.expr ?? '', ` >= ${least})`)
    })
  }

  test('numbers are written without the noise of binary fractions', async () => {
    const text = JSON.stringify(await rulesOf('targets: [{address: "http://a/"}]\nslo: [{name: a, objective: 99.9}]'))
    assert.match(text, '"vector(0.001)"')
    assert.not.match(text, /0{6}\d|9{6}/)
  })
})
