/** What a panel says of its looks, read from the generated JSON as Grafana reads it. */
import type { FieldConfig, Panel, Threshold, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'

export interface Look {
  readonly text: string
  readonly colour: string | undefined
}

export function defaultsOf({ fieldConfig }: Panel): FieldConfig {
  return fieldConfig?.defaults ?? {}
}

/** Properties of one line or column, by its name. */
export function overridesFor({ fieldConfig }: Panel, name: string): Readonly<Record<string, unknown>> {
  const matching = (fieldConfig?.overrides ?? []).filter(({ matcher: { id, options } }) =>
    id === 'byName' ? options === name : new RegExp(String(options).replaceAll(/^\/|\/$/g, '')).test(name),
  )
  return Object.fromEntries(matching.flatMap(({ properties }) => properties.map(({ id, value }) => [id, value])))
}

export function custom(panel: Panel): Readonly<Record<string, unknown>> {
  return (defaultsOf(panel).custom ?? {}) as Readonly<Record<string, unknown>>
}

export function mapped(value: number, mappings: readonly ValueMapping[] = []): Look | undefined {
  for (const mapping of mappings) {
    if (mapping.type === 'value') {
      const found = mapping.options[String(value)]
      if (found !== undefined) return { text: found.text ?? String(value), colour: found.color }
    }
    if (mapping.type === 'range') {
      const { from, to, result } = mapping.options
      if (value >= (from ?? -Infinity) && value <= (to ?? Infinity))
        return { text: result.text ?? String(value), colour: result.color }
    }
  }
  return undefined
}

export function colourAt(value: number, steps: readonly Threshold[] = []): string | undefined {
  return steps.findLast((step) => step.value === null || value >= step.value)?.color
}

/** `{{label}}` by the label; without a pattern, all labels. */
export function lineName(pattern: string | undefined, metric: Readonly<Record<string, string>>): string {
  if (pattern === undefined || pattern === '') return Object.values(metric).join(' ')
  return pattern
    .replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '')
    .replaceAll(/ +/g, ' ')
    .trim()
}

/** Grafana's named colours, of its own palette; `text` is what letters have. */
const NAMED: Readonly<Record<string, string>> = {
  green: '#73BF69',
  orange: '#FF9830',
  red: '#F2495C',
  'dark-red': '#C4162A',
  blue: '#5794F2',
  text: 'var(--ink)',
}

export function paint(colour: string | undefined): string {
  return colour === undefined ? 'var(--ink)' : (NAMED[colour] ?? colour)
}

export const PALETTE = [
  '#73BF69',
  '#F2CC0C',
  '#8AB8FF',
  '#FF780A',
  '#F2495C',
  '#5794F2',
  '#B877D9',
  '#37872D',
  '#FADE2A',
  '#447EBC',
] as const

/** Shades of what should not be. */
export const REDS = ['#F2495C', '#C4162A', '#FF7383', '#8F1D2C'] as const
