/** One page of all dashboards, in the grid that they have in Grafana; on a narrow screen a panel a line. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { barGauge, type Drawn, heatmap, linesOf, type Size, stateTimeline, timeSeries } from './charts.ts'
import { colourAt, defaultsOf, mapped, overridesFor, paint } from './looks.ts'
import type { Series } from './questions.ts'
import { written } from './units.ts'

/** Of the page; Grafana's own row is 30 pixels and a gap of 8. */
const WIDE_PIXELS = 1400
const NARROW_PIXELS = 380
const ROW_PIXELS = 38
const TITLE_PIXELS = 34

const CSS = `
:root { color-scheme: light dark; --ground: #f4f5f5; --panel: #fff; --ink: #24292e; --line: #d8dade; --faint: #6a737d }
@media (prefers-color-scheme: dark) { :root { --ground: #111217; --panel: #181b1f; --ink: #ccccdc; --line: #34373e; --faint: #8e8e9c } }
body { margin: 0 auto; max-width: ${WIDE_PIXELS}px; padding: 12px; background: var(--ground); color: var(--ink); font: 13px/1.4 system-ui, sans-serif }
h1 { font-size: 20px; margin: 28px 0 2px } h2 { font-size: 15px; margin: 16px 0 8px; grid-column: 1 / -1 }
p { margin: 0 0 8px; color: var(--faint) }
.grid { display: grid; grid-template-columns: repeat(24, 1fr); gap: 8px }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 3px; overflow: auto; min-width: 0 }
h3 { font-size: 13px; font-weight: 600; margin: 0; padding: 6px 10px }
.figure { display: flex; flex-wrap: wrap; gap: 4px 24px; justify-content: center; align-items: center; height: calc(100% - ${TITLE_PIXELS}px); text-align: center }
.figure b { display: block; font-size: 28px; font-weight: 500; line-height: 1.1 } .figure small { color: var(--faint) }
.figure .ground { color: #111; align-self: stretch; flex: 1; display: grid; place-items: center; background: var(--paint) }
.none { color: var(--faint); padding: 0 10px; text-align: center }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 4px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; max-width: 280px; overflow: hidden; text-overflow: ellipsis }
td.ground { color: #111; background: var(--paint) } td.text { color: var(--paint); font-weight: 600 }
meter { width: 90px; vertical-align: middle } a { color: inherit }
svg { display: block; max-width: 100% } .narrow { display: none } .narrow svg { width: 100%; height: auto }
@media (max-width: 800px) {
  .grid { grid-template-columns: repeat(2, 1fr) } .panel { grid-column: 1 / -1 !important; height: auto !important }
  .panel.stat { grid-column: span 1 !important; min-height: 96px } .figure { padding-bottom: 10px }
  .wide { display: none } .narrow { display: block }
}`

export function page(boards: readonly (readonly [Dashboard, readonly Drawn[]])[]): string {
  const body = boards.map(([dashboard, drawn]) => section(dashboard, drawn)).join('\n')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Dashboards, drawn from real data</title><style>${CSS}</style><body>${body}</body></html>\n`
}

function section({ title = '', description = '', panels = [] }: Dashboard, drawn: readonly Drawn[]): string {
  const parts = panels.map((panel) => {
    if (panel.type === 'row') return `<h2>${text(panel.title)}</h2>`
    const found = drawn.find((one) => one.panel === panel)
    return found === undefined ? '' : panelHtml(found)
  })
  return `<h1>${text(title)}</h1><p>${text(description)}</p><div class="grid">${parts.join('\n')}</div>`
}

function panelHtml(drawn: Drawn): string {
  const { panel } = drawn
  const { w = 0, h = 0 } = panel.gridPos ?? {}
  const style = `grid-column: span ${w}; height: ${h * ROW_PIXELS - 8}px`
  const head = `<h3 title="${text(panel.description)}">${text(panel.title)}</h3>`
  return `<section class="panel ${panel.type}" style="${style}">${head}${contentOf(drawn, { w, h })}</section>`
}

function contentOf(drawn: Drawn, { w, h }: { readonly w: number; readonly h: number }): string {
  const { panel, answers } = drawn
  if (answers.flat().every(({ values }) => values.every(([, value]) => value === 'NaN')))
    return `<p class="none">${text(defaultsOf(panel).noValue ?? 'No data')}</p>`
  const chart = CHARTS[panel.type]
  if (panel.type === 'stat') return figures(drawn)
  if (panel.type === 'table') return tableHtml(drawn)
  if (chart === undefined) throw new Error(`no drawing for panels of the type ${panel.type}`)
  const height = h * ROW_PIXELS - TITLE_PIXELS - 12
  const wide = chart(drawn, { width: Math.floor((WIDE_PIXELS * w) / 24) - 12, height })
  const narrow = chart(drawn, { width: NARROW_PIXELS - 26, height })
  return `<div class="wide">${wide}</div><div class="narrow">${narrow}</div>`
}

const CHARTS: Readonly<Record<string, (drawn: Drawn, size: Size) => string>> = {
  timeseries: timeSeries,
  'state-timeline': stateTimeline,
  heatmap,
  bargauge: barGauge,
}

function figures(drawn: Drawn): string {
  const { unit, decimals, mappings, thresholds } = defaultsOf(drawn.panel)
  const lines = linesOf(drawn)
  const all = lines.map(({ name, points }) => {
    const value = points.at(-1)?.[1] ?? Number.NaN
    const word = mapped(value, mappings)
    const label = lines.length > 1 ? `<small>${text(name)}</small>` : ''
    if (word !== undefined)
      return `<div class="ground" style="--paint: ${paint(word.colour)}"><b>${text(word.text)}</b>${label}</div>`
    const colour = paint(colourAt(value, thresholds?.steps))
    return `<div><b style="color: ${colour}">${text(written(value, unit, decimals))}</b>${label}</div>`
  })
  return `<div class="figure">${all.join('')}</div>`
}

interface Organization {
  readonly indexByName: Readonly<Record<string, number>>
  readonly renameByName: Readonly<Record<string, string>>
}

function tableHtml(drawn: Drawn): string {
  const { panel, answers } = drawn
  const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options as Organization
  const fields = Object.keys(organize.indexByName)
  const titles = fields.map((field) => organize.renameByName[field] ?? field)
  const head = titles.map((title) => `<th>${text(title)}</th>`).join('')
  const rows = sorted(merged(answers), panel, fields, titles).map(
    (row) => `<tr>${fields.map((field, index) => cellHtml(panel, titles[index] ?? '', row[field])).join('')}</tr>`,
  )
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

type Row = Readonly<Record<string, string>>

/** Rows of different queries that agree in the labels that both have, as Grafana merges them. */
function merged(answers: readonly (readonly Series[])[]): Row[] {
  let rows: Row[] = []
  for (const [index, series] of answers.entries()) {
    const field = answers.length === 1 ? 'Value' : `Value #${'ABCDEFGHIJ'.charAt(index)}`
    for (const { metric, values } of series) {
      const row: Row = { ...metric, [field]: values.at(-1)?.[1] ?? '' }
      const same = rows.find((other) =>
        Object.entries(metric).every(([label, value]) => (other[label] ?? value) === value),
      )
      rows =
        same === undefined || index === 0
          ? [...rows, row]
          : rows.map((old) => (old === same ? { ...old, ...row } : old))
    }
  }
  return rows
}

function sorted(rows: readonly Row[], panel: Panel, fields: readonly string[], titles: readonly string[]): Row[] {
  const [by] = (panel.options as { sortBy?: readonly { displayName: string; desc?: boolean }[] }).sortBy ?? []
  const field = fields[titles.indexOf(by?.displayName ?? '')] ?? ''
  const order = (a: Row, b: Row) => (a[field] ?? '').localeCompare(b[field] ?? '', 'en', { numeric: true })
  return rows.toSorted((a, b) => (by?.desc === true ? -order(a, b) : order(a, b)))
}

function cellHtml(panel: Panel, title: string, value: string | undefined): string {
  const looks = overridesFor(panel, title)
  if (value === undefined) return '<td></td>'
  const isText = value === '' || Number.isNaN(Number(value))
  if (looks.links !== undefined) return `<td><a href="#" title="leads to its own dashboard">${text(value)}</a></td>`
  if (isText) return `<td>${text(value)}</td>`
  const number = Number(value)
  const word = mapped(number, looks.mappings as Parameters<typeof mapped>[1])
  if (word !== undefined) return `<td class="ground" style="--paint: ${paint(word.colour)}">${text(word.text)}</td>`
  const shown = text(written(number, looks.unit as string | undefined, looks.decimals as number | undefined))
  if (looks.max === 1) return `<td><meter min="0" max="1" value="${number}"></meter> ${shown}</td>`
  const steps = (looks.thresholds as { steps?: Parameters<typeof colourAt>[1] } | undefined)?.steps
  return `<td class="text" style="--paint: ${paint(colourAt(number, steps))}">${shown}</td>`
}

function text(value = ''): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
