/** The alerts, evaluated by Prometheus' own engine: silent just before the edge, firing just after. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import type { Group, Rule } from '../../monitoring/alert.ts'
import { ruleGroups } from '../../monitoring/rules.ts'
import { parseConfig } from '../../prober/config/load.ts'
import { parsePromDuration } from '../../prober/config/prom-duration.ts'
import { ALERT_NAMES, type Config } from '../../prober/config/schema.ts'
import { assert } from '../harness.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, findProgram } from '../programs.ts'
import { ALERT_ROWS, type AlertRow } from './alert-rows.ts'

const run = promisify(execFile)

const FILE = (mode: string) => `
monitoring: {mode: ${mode}}
targets:
  - {name: shop, address: "http://shop/", labels: {team: web}}
paths:
  - name: way
    url: http://way/
    hops: [{name: edge}, {name: pod, address: "http://pod/"}]
slo:
  - {name: web, targets: [shop]}
`

async function configOf(mode: string): Promise<Config> {
  const loaded = await parseConfig(FILE(mode), 'sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

/** `4×1 20×0`, written out. */
function values(text: string): string {
  return text.replaceAll(/(\d+)×(\S+)/g, (_, count: string, value: string) =>
    Array(Number(count)).fill(value).join(' '),
  )
}

/** `rulesFile`: has `groups`. */
function promtoolTest(row: AlertRow, groups: readonly Group[], rulesFile: string): object {
  const { interval = '30s' } = row
  const rules = groups.flatMap((group) => group.rules)
  const moments = new Set([...row.silentAt, ...row.firing.map(({ at }) => at)])
  return {
    rule_files: [rulesFile],
    evaluation_interval: interval,
    // Any order would do, and promtool's own is another each time: a recorded series is then late by an evaluation.
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      {
        name: nameOf(row),
        interval,
        input_series: Object.entries(row.series).map(([series, text]) => ({ series, values: values(text) })),
        alert_rule_test: [...moments].map((at) => ({
          eval_time: at,
          alertname: row.alert,
          exp_alerts: row.firing.filter((firing) => firing.at === at).map((firing) => expected(row, firing, rules)),
        })),
      },
    ],
  }
}

function nameOf({ alert, title }: AlertRow): string {
  return `${alert}: ${title}`
}

function expected(row: AlertRow, { labels, says }: AlertRow['firing'][number], rules: readonly Rule[]): object {
  const { annotations } = rules.find(({ alert }) => alert === row.alert) ?? {}
  return { exp_labels: labels, exp_annotations: { ...annotations, description: says } }
}

/** The alert's own group and, since it may read their records, those without alerts; of objectives only for their alerts. */
function isNeeded({ name, rules }: Group, { alert }: AlertRow): boolean {
  if (rules.some((rule) => rule.alert !== undefined)) return rules.some((rule) => rule.alert === alert)
  return alert.startsWith('SyntheticSLO') || !/sloth|pyrra/.test(name)
}

function secondsOf(text: string): number {
  const read = parsePromDuration(text)
  if (!read.ok) throw new Error(read.message)
  return read.value
}

/** All rows in one go, since a start of promtool takes longer than its tests; what it says where something is wrong. */
async function complaints(): Promise<string> {
  await using folder = await makeFolder()
  const groups = { scheduled: ruleGroups(await configOf('scheduled')), pull: ruleGroups(await configOf('pull')) }
  const files = ALERT_ROWS.map((_, index) => join(folder.path, `test-${index}.yml`))
  for (const [index, row] of ALERT_ROWS.entries()) {
    const needed = groups[row.mode ?? 'scheduled'].filter((group) => isNeeded(group, row))
    await writeFile(join(folder.path, `rules-${index}.yml`), stringify({ groups: needed }))
    await writeFile(files[index] ?? '', stringify(promtoolTest(row, needed, `rules-${index}.yml`)))
  }
  try {
    await run(findProgram('promtool') ?? '', ['test', 'rules', ...files])
    return ''
  } catch (thrown) {
    return thrown instanceof Error && 'stdout' in thrown && 'stderr' in thrown
      ? `${thrown.stdout}${thrown.stderr}`
      : String(thrown)
  }
}

describeWithPrograms('alerts', ['promtool'], (test) => {
  let told: Promise<string> | undefined
  for (const row of ALERT_ROWS) {
    test(nameOf(row), async () => {
      told ??= complaints()
      const all = await told
      const isOther = all.includes('name: ') && !all.includes(`name: ${nameOf(row)},`)
      assert.is(isOther ? '' : all, '')
    })
  }

  test('each has a row that is silent an evaluation or two before it fires', () => {
    const edges = ALERT_ROWS.filter(({ interval = '30s', silentAt, firing }) =>
      firing.some(({ at }) =>
        silentAt.some((moment) => {
          const gap = secondsOf(at) - secondsOf(moment)
          return gap > 0 && gap <= 2 * secondsOf(interval)
        }),
      ),
    )
    assert.equal(
      ALERT_NAMES.filter((name) => !edges.some(({ alert }) => alert === name)),
      [],
    )
  })
})
