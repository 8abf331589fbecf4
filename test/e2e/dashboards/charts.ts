/** Panels with axes, as SVG whose ink is the page's: one picture for light and dark. */
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { type EChartsOption, init, type SeriesOption } from 'echarts'
import { colourAt, custom, defaultsOf, lineName, mapped, overridesFor, paint, PALETTE, REDS } from './looks.ts'
import { queriesOf, type Series, type TimeRange } from './questions.ts'
import { written } from './units.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Drawn {
  readonly panel: Panel
  /** In the order of the panel's queries. */
  readonly answers: readonly (readonly Series[])[]
  readonly range: TimeRange
}

interface Line {
  readonly name: string
  readonly colour: string
  readonly points: readonly (readonly [atMs: number, value: number])[]
}

const INK = { color: 'var(--ink)', fontSize: 11 }
const GRID_LINES = { lineStyle: { color: 'var(--line)' } }
const LEGEND_PIXELS = 26

export function svg({ width, height }: Size, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option })
  const text = chart.renderToSVGString()
  chart.dispose()
  return text
}

export function linesOf({ panel, answers }: Drawn): Line[] {
  const queries = queriesOf(panel)
  const named = answers.flatMap((series, index) =>
    series.map(({ metric, values }) => ({ name: lineName(queries[index]?.legendFormat, metric), values })),
  )
  return named.map(({ name, values }, index) => {
    const own = overridesFor(panel, name).color as { fixedColor?: string } | undefined
    const points = values.map(([at, value]) => [1000 * at, Number(value)] as const)
    const scheme = defaultsOf(panel).color
    const colours = scheme?.mode === 'shades' ? REDS : PALETTE
    return { name, colour: paint(own?.fixedColor ?? colours[index % colours.length]), points }
  })
}

function timeAxis({ fromSeconds, toSeconds }: TimeRange, width: number) {
  return {
    type: 'time',
    min: 1000 * fromSeconds,
    max: 1000 * toSeconds,
    splitNumber: Math.max(2, Math.floor(width / 130)),
    axisLabel: { ...INK, hideOverlap: true },
    axisLine: GRID_LINES,
    axisTick: { show: false },
  } as const
}

export function timeSeries(drawn: Drawn, size: Size): string {
  const { panel, range } = drawn
  const looks = custom(panel)
  const lines = linesOf(drawn)
  const isStacked = (looks.stacking as { mode?: string } | undefined)?.mode === 'normal'
  const { unit, min, max } = defaultsOf(panel)
  return svg(size, {
    grid: { left: 8, right: 12, top: 12, bottom: LEGEND_PIXELS + 4, outerBoundsMode: 'same' },
    legend: { bottom: 0, type: 'scroll', itemGap: 22, textStyle: INK, itemWidth: 12, itemHeight: 8, icon: 'roundRect' },
    xAxis: timeAxis(range, size.width),
    yAxis: {
      type: 'value',
      axisLabel: { ...INK, formatter: (value: number) => written(value, unit) },
      splitLine: GRID_LINES,
      splitNumber: 4,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    },
    series: lines.map((line) => lineSeries(panel, line, { isStacked, isBars: looks.drawStyle === 'bars' })),
  })
}

function lineSeries(panel: Panel, { name, colour, points }: Line, as: { isStacked: boolean; isBars: boolean }) {
  const own = overridesFor(panel, name)
  const isDashed = own['custom.lineStyle'] !== undefined
  const opacity = Number(own['custom.fillOpacity'] ?? custom(panel).fillOpacity ?? 0) / 100
  const shared = {
    name,
    data: points.map(([at, value]) => [at, value]),
    color: colour,
    ...(as.isStacked ? { stack: 'all' } : {}),
  }
  if (as.isBars) return { ...shared, type: 'bar', barMaxWidth: 12 } satisfies SeriesOption
  const lineStyle = { width: as.isStacked ? 0 : 1.4, ...(isDashed ? { type: 'dashed' as const } : {}) }
  return { ...shared, type: 'line', showSymbol: false, lineStyle, areaStyle: { opacity } } satisfies SeriesOption
}

const ROW_PIXELS = 0.62

/** A bar for each line, its pieces coloured by what the values mean. */
export function stateTimeline(drawn: Drawn, size: Size): string {
  const { panel, range } = drawn
  const lines = linesOf(drawn).toSorted((a, b) => b.name.localeCompare(a.name))
  const { mappings } = defaultsOf(panel)
  const pieces = lines.flatMap(({ points }, row) =>
    points.map(([at, value]) => [row, at, at + 1000 * range.stepSeconds, mapped(value, mappings)?.colour]),
  )
  return svg(size, {
    grid: { left: 8, right: 12, top: 6, bottom: 4, outerBoundsMode: 'same' },
    xAxis: timeAxis(range, size.width),
    yAxis: {
      type: 'category',
      data: lines.map(({ name }) => name),
      axisLabel: { ...INK, width: size.width / 4, overflow: 'truncate' },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    series: {
      type: 'custom',
      clip: true,
      encode: { x: [1, 2], y: 0 },
      data: pieces.map((value) => ({ value: value as (string | number)[] })),
      renderItem: (_, { value, coord, size: sizeOf }) => {
        const [left = 0, y = 0] = coord([value(1), value(0)])
        const [right = 0] = coord([value(2), value(0)])
        const [, rowHeight = 0] = (sizeOf?.([0, 1]) ?? []) as number[]
        const height = rowHeight * ROW_PIXELS
        const shape = { x: left, y: y - height / 2, width: right - left + 0.5, height }
        return { type: 'rect', shape, style: { fill: paint(String(value(3))) } }
      },
    },
  })
}

function bound({ metric: { le } }: Series): number {
  return le === '+Inf' ? Infinity : Number(le)
}

/** Cumulative buckets become what fell into each. */
export function heatmap({ panel, answers }: Drawn, size: Size): string {
  const buckets = (answers[0] ?? []).toSorted((a, b) => bound(a) - bound(b))
  const cells = buckets.flatMap(({ values }, row) => {
    const below = new Map(buckets[row - 1]?.values ?? [])
    return values.map(
      ([at, value]) => [1000 * at, row, Math.max(0, Number(value) - Number(below.get(at) ?? 0))] as const,
    )
  })
  const filled = cells.filter(([, , count]) => count > 0.001)
  const times = [...new Set(cells.map(([at]) => at))].sort((a, b) => a - b)
  const rows = filled.map(([, row]) => row)
  const [lowest, highest] = [Math.min(...rows), Math.max(...rows)]
  const names = buckets
    .slice(lowest, highest + 1)
    .map(({ metric }) => (metric.le === '+Inf' ? '∞' : written(Number(metric.le), 's')))
  return svg(size, {
    grid: { left: 8, right: 12, top: 6, bottom: 4, outerBoundsMode: 'same' },
    xAxis: {
      type: 'category',
      data: times.map((at) => new Date(at).toISOString().slice(11, 19)),
      axisLabel: { ...INK, hideOverlap: true },
      axisTick: { show: false },
      axisLine: GRID_LINES,
    },
    yAxis: { type: 'category', data: names, axisLabel: INK, axisTick: { show: false }, axisLine: { show: false } },
    visualMap: {
      show: false,
      min: 0,
      max: Math.max(1, ...filled.map(([, , count]) => count)),
      inRange: { color: ['#FEE6CE', '#FD8D3C', '#A63603'] },
    },
    series: {
      type: 'heatmap',
      name: panel.title ?? '',
      data: filled.map(([at, row, count]) => [times.indexOf(at), row - lowest, count]),
      itemStyle: { borderWidth: 1, borderColor: 'var(--panel)' },
    },
  })
}

export function barGauge(drawn: Drawn, size: Size): string {
  const { panel } = drawn
  const { unit, thresholds } = defaultsOf(panel)
  const bars = linesOf(drawn).map(({ name, points }) => ({ name, value: points.at(-1)?.[1] ?? Number.NaN }))
  return svg(size, {
    grid: { left: 8, right: 70, top: 6, bottom: 4, outerBoundsMode: 'same' },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ name }) => name),
      axisLabel: { ...INK, width: size.width / 3, overflow: 'truncate' },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    series: {
      type: 'bar',
      barMaxWidth: 22,
      label: { ...INK, show: true, position: 'right', formatter: ({ value }) => written(Number(value), unit) },
      data: bars.map(({ value }) => ({
        value,
        itemStyle: { color: paint(colourAt(value, thresholds?.steps)), borderRadius: 2 },
      })),
    },
  })
}
