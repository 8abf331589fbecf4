/** Tables: a row for each target, a column for each question. */
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  type TableCellOptions,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { type Steps, thresholds } from './colours.ts'
import { type Frame, framed, REF_IDS, rows } from './panels.ts'

export interface Column {
  readonly title: string
  /** The value of a question; or a label, of the rows or of a question that is asked only for its labels. */
  readonly from: { readonly expr: string } | { readonly label: string; readonly of?: string }
  readonly unit?: string
  readonly decimals?: number
  readonly words?: readonly ValueMapping[]
  /** Colours of the text, or of the bar. */
  readonly steps?: Steps
  /** A bar from 0 to 1 behind the number. */
  readonly isBar?: boolean
  readonly widthPixels?: number
  /** `$__value` stands for the cell: without braces, which Flux would take for its own. */
  readonly link?: { readonly title: string; readonly url: string }
}

/** `sortBy`: a column's title. Labels that no column shows are hidden. */
export function table(frame: Frame, columns: readonly Column[], sortBy: { title: string; desc?: boolean }): Table {
  const questions = columns.flatMap(({ from }) => questionOf(from))
  const panel = framed(new Table(), frame)
    .targets(rows(questions.map((expr) => ({ expr }))))
    .transformations([...merged(questions.length), onlyThese(columns), inOrder(columns)])
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy.title).desc(sortBy.desc ?? false)])
  for (const column of columns) panel.overrideByName(column.title, looksOf(column))
  return panel
}

/** Rows with the same labels become one. */
function merged(frames: number) {
  return frames > 1 ? [{ id: 'merge', options: {} }] : []
}

function questionOf(from: Column['from']): string[] {
  if ('expr' in from) return [from.expr]
  return from.of === undefined ? [] : [from.of]
}

/** Grafana calls the value of a lone question `Value`, of several by their letter. */
function fieldNames(columns: readonly Column[]): string[] {
  const questions = columns.flatMap(({ from }) => questionOf(from))
  return columns.map(({ from }) => {
    if ('label' in from) return from.label
    return questions.length === 1 ? 'Value' : `Value #${REF_IDS.charAt(questions.indexOf(from.expr))}`
  })
}

function onlyThese(columns: readonly Column[]) {
  return { id: 'filterFieldsByName', options: { include: { names: fieldNames(columns) } } }
}

function inOrder(columns: readonly Column[]) {
  const names = fieldNames(columns)
  const byName = <T>(value: (column: Column, index: number) => T) =>
    Object.fromEntries(columns.map((column, index) => [names[index] ?? '', value(column, index)]))
  return {
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: byName((_, index) => index),
      renameByName: byName(({ title }) => title),
    },
  }
}

function looksOf({ unit, decimals, words, steps, isBar = false, widthPixels, link }: Column): DynamicConfigValue[] {
  const cell = cellOf(isBar, words !== undefined, steps !== undefined)
  const looks: readonly (readonly [id: string, value: unknown])[] = [
    ['unit', unit],
    ['decimals', decimals],
    ['mappings', words],
    ['thresholds', steps && thresholds(steps).build()],
    ['custom.cellOptions', cell],
    ['min', isBar ? 0 : undefined],
    ['max', isBar ? 1 : undefined],
    ['custom.width', widthPixels],
    ['links', link && [{ ...link, targetBlank: false }]],
  ]
  return looks.filter(([, value]) => value !== undefined).map(([id, value]) => ({ id, value }))
}

function cellOf(isBar: boolean, hasWords: boolean, hasSteps: boolean): TableCellOptions | undefined {
  if (isBar)
    return {
      type: TableCellDisplayMode.Gauge,
      mode: BarGaugeDisplayMode.Basic,
      valueDisplayMode: BarGaugeValueMode.Text,
    }
  if (hasWords) return { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic }
  return hasSteps ? { type: TableCellDisplayMode.ColorText } : undefined
}
