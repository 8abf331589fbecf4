/** What a Grafana would show, read from the generated JSON: nothing that only its pictures would tell. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { parse, parseAllDocuments } from 'yaml'
import { PHASE_COLOURS } from '../../dashboards/colours.ts'
import { configMapsFile, DASHBOARDS, dashboardFiles } from '../../dashboards/files.ts'
import { FOREIGN_METRICS, RECORDS, SLO_RECORDS } from '../../monitoring/promql.ts'
import { METRICS } from '../../prober/metrics/catalogue.ts'
import { PHASES } from '../../prober/net/outcome.ts'
import { assert, describe } from '../harness.ts'

const GRID_COLUMNS = 24
const ROOT = resolve(import.meta.dirname, '../..')

const boards = dashboardFiles().map(({ content }) => JSON.parse(content) as Dashboard)

function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => panel.type !== 'row')
}

function expressionsOf({ targets = [] }: Panel): string[] {
  return targets.map((target) => (target as { expr?: string }).expr ?? '')
}

/** Cells that two panels claim, or that stick out, by `x,y`. */
function collisions(panels: readonly Pick<Panel | RowPanel, 'gridPos' | 'title'>[]): string[] {
  const taken = new Map<string, string>()
  return panels.flatMap(({ title = '', gridPos }) => {
    if (gridPos === undefined) return [`${title} has no place`]
    const { x, y, w, h } = gridPos
    if (x < 0 || x + w > GRID_COLUMNS || w < 1 || h < 1) return [`${title} sticks out`]
    const cells = Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`)
    const others = cells.flatMap((cell) => taken.get(cell) ?? [])
    for (const cell of cells) taken.set(cell, title)
    return [...new Set(others)].map((other) => `${title} lies on ${other}`)
  })
}

/** Of each line of the grid that a panel touches, columns that none fills. */
function holes(panels: readonly Pick<Panel | RowPanel, 'gridPos'>[]): number[] {
  const widths = new Map<number, number>()
  for (const { gridPos } of panels) {
    const { y = 0, w = 0, h = 0 } = gridPos ?? {}
    for (let line = y; line < y + h; line += 1) widths.set(line, (widths.get(line) ?? 0) + w)
  }
  return [...widths].flatMap(([line, width]) => (width === GRID_COLUMNS ? [] : [line]))
}

/** Names in front of braces or brackets; a function has neither. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/([a-zA-Z_:][\w:]*)\s*(?=[{[])/g)].map(([, name = '']) => name)
}

const KNOWN = new Set<string>([
  ...Object.entries(METRICS).flatMap(([name, { type }]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  ),
  ...FOREIGN_METRICS,
  ...Object.values(RECORDS),
  ...Object.values(SLO_RECORDS),
])
const isKnown = (name: string) => KNOWN.has(name) || name.startsWith('slo:sli_error:ratio_rate')

describe('dashboards', (test) => {
  test('are five, each with a uid and a title of its own', () => {
    assert.is(new Set(boards.map(({ uid }) => uid)).size, 5)
    assert.is(new Set(boards.map(({ title }) => title)).size, 5)
  })

  for (const board of boards) {
    const panels = panelsOf(board)

    test(`${board.uid}: panels lie beside each other, fill their lines, and have ids of their own`, () => {
      const all = board.panels ?? []
      assert.equal(collisions(all), [])
      assert.equal(holes(all), [])
      assert.is(new Set(all.map(({ id }) => id)).size, all.length)
      assert.is(new Set(panels.map(({ title }) => title)).size, panels.length, 'titles, too, which .lint names')
    })

    test(`${board.uid}: every panel says what it is, in a unit, of the chosen data source`, () => {
      for (const { title, description, fieldConfig, datasource, targets = [] } of panels) {
        assert.ok((description ?? '').length > 10, `${title} has no description`)
        assert.ok(fieldConfig?.defaults.unit, `${title} has no unit`)
        assert.is(datasource?.uid, '$datasource', title)
        assert.ok(targets.length > 0, `${title} asks nothing`)
        for (const target of targets)
          assert.is((target as { datasource?: { uid?: string } }).datasource?.uid, '$datasource')
      }
    })

    test(`${board.uid}: every metric has a name that somebody exposes`, () => {
      const names = panels.flatMap(expressionsOf).flatMap(metricsIn)
      assert.ok(names.length > 0)
      assert.equal([...new Set(names.filter((name) => !isKnown(name)))], [])
    })

    test(`${board.uid}: every variable that is used is there, and none is written so that Flux would take it`, () => {
      const text = JSON.stringify(board)
      const declared = new Set((board.templating.list ?? []).map(({ name }) => name))
      const used = [...text.matchAll(/\$([a-z]\w*)/g)].map(([, name = '']) => name)
      assert.ok(used.includes('datasource') && used.includes('job'))
      assert.equal(
        used.filter((name) => !declared.has(name)),
        [],
      )
      assert.not(text.includes('${'), 'a variable in braces')
    })

    test(`${board.uid}: links lead to dashboards that there are`, () => {
      const links = [...JSON.stringify(board).matchAll(/"\/d\/([^"?/]+)/g)].map(([, uid = '']) => uid)
      assert.equal(
        links.filter((uid) => !boards.some((other) => other.uid === uid)),
        [],
      )
    })
  }

  const wrong = [
    ['two on one place', [at(0, 0, 12, 4), at(11, 3, 12, 4)], 'b lies on a'],
    ['one that sticks out', [at(13, 0, 12, 4)], 'a sticks out'],
  ] as const
  for (const [what, panels, complaint] of wrong) {
    test(`a wrong grid is seen: ${what}`, () => {
      assert.equal(collisions(panels.map((gridPos, index) => ({ title: 'ab'.charAt(index), gridPos }))), [complaint])
    })
  }

  test('a hole in the grid is seen', () => {
    assert.equal(holes([{ gridPos: at(0, 0, 12, 2) }, { gridPos: at(12, 0, 12, 1) }]), [1])
  })

  test('a metric that nobody exposes is seen', () => {
    assert.equal(
      metricsIn('sum by (job) (rate(probe_sucess{job=~"$job"}[5m]))').filter((name) => !isKnown(name)),
      ['probe_sucess'],
    )
  })

  test('every phase has a colour, and no other has', () => {
    assert.equal(Object.keys(PHASE_COLOURS).sort(), [...PHASES].sort())
  })

  test('are made anew each time, alike', () => {
    assert.equal(dashboardFiles(), dashboardFiles())
  })
})

describe('ConfigMaps of the dashboards', (test) => {
  const placement = { namespace: 'monitoring', labels: { release: 'kps' } }
  const objects = parseAllDocuments(configMapsFile(placement).content).map((document) => document.toJS() as ConfigMap)

  test('hold the files under keys that no two share, where the sidecar finds them and Flux changes nothing', () => {
    assert.equal(
      objects.flatMap(({ data }) => Object.entries(data)),
      dashboardFiles().map(({ path, content }) => [path, content]),
    )
    for (const { metadata } of objects) {
      assert.is(metadata.labels.grafana_dashboard, '1')
      assert.is(metadata.labels.release, 'kps')
      assert.is(metadata.namespace, 'monitoring')
      assert.is(metadata.annotations['kustomize.toolkit.fluxcd.io/substitute'], 'disabled')
    }
  })

  test('fit into an object of Kubernetes', () => {
    for (const { data } of objects) assert.ok(JSON.stringify(data).length < 1_000_000)
  })
})

describe('the typings of Grafana', (test) => {
  /** How many files of it a process has read once it has loaded a module of ours. */
  async function filesReadBy(module: string): Promise<number> {
    const look = `await import(${JSON.stringify(join(ROOT, module))})
      const { cache } = (await import('node:module')).createRequire(${JSON.stringify(import.meta.url)})
      process.stdout.write(String(Object.keys(cache).filter((file) => file.includes('@grafana')).length))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', look])
    return Number(stdout)
  }

  test('are read by who generates, and not by who serves', async () => {
    const [generating, serving] = await Promise.all(['cli/generate.ts', 'cli/serve.ts'].map(filesReadBy))
    assert.ok(generating !== undefined && generating > 0)
    assert.is(serving, 0)
  })
})

describe('what the linter is told to pass over', (test) => {
  test('is little, has a reason, and names panels that there are', async () => {
    const text = await readFile(join(ROOT, 'dashboards/.lint'), 'utf8')
    const { exclusions, warnings } = parse(text) as Lint
    assert.is(warnings, undefined)
    assert.ok(Object.keys(exclusions).length <= 3)
    for (const { reason, entries } of Object.values(exclusions)) {
      assert.ok(reason.length > 10)
      assert.ok(entries.length > 0, 'a rule without entries would be off everywhere')
      for (const { dashboard, panel } of entries) {
        const board = DASHBOARDS.find(({ title }) => title === dashboard)
        assert.ok(board && panelsOf(board).some(({ title }) => title === panel), `${dashboard}: ${panel}`)
      }
    }
  })
})

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h }
}

interface ConfigMap {
  readonly metadata: {
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly data: Readonly<Record<string, string>>
}

interface Lint {
  readonly exclusions: Readonly<
    Record<string, { readonly reason: string; readonly entries: readonly { dashboard: string; panel: string }[] }>
  >
  readonly warnings?: unknown
}
