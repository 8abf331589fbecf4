/** Kinds of panels, each with the looks that it has on all dashboards. */
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge'
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  HeatmapCellLayout,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  FieldColorModeId,
  type Panel,
  type ThresholdsConfig,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as Heatmap,
} from '@grafana/grafana-foundation-sdk/heatmap'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'
import { fixedColour, NEUTRAL, type Steps, thresholds } from './colours.ts'
import { DATASOURCE } from './variables.ts'

export interface Question {
  readonly expr: string
  /** Of a line; Grafana puts labels in place of `{{label}}`. */
  readonly legend?: string
}

export interface Frame {
  readonly title: string
  readonly description: string
  /** Of the 24 columns of the grid. */
  readonly width: number
  readonly height: number
  readonly unit: string
  /** What stands there without data, where that is no fault. */
  readonly none?: string
}

/** What all kinds of panels can do; Grafana's builders have no common type for it. */
interface Framable extends Builder<Panel> {
  title(title: string): this
  description(text: string): this
  span(width: number): this
  height(height: number): this
  unit(unit: string): this
  noValue(text: string): this
  datasource(source: DataSourceRef): this
  thresholds(steps: Builder<ThresholdsConfig>): this
  targets(queries: Builder<Dataquery>[]): this
}

export function framed<Kind extends Framable>(
  panel: Kind,
  { title, description, width, height, unit, none }: Frame,
): Kind {
  panel.title(title).description(description).span(width).height(height).unit(unit).datasource(DATASOURCE)
  return none === undefined ? panel : panel.noValue(none)
}

/** Grafana names the queries of a panel, and the columns of a table after them. */
export const REF_IDS = 'ABCDEFGHIJ'

function query({ expr, legend = '' }: Question, index: number): DataqueryBuilder {
  return new DataqueryBuilder().refId(REF_IDS.charAt(index)).datasource(DATASOURCE).expr(expr).legendFormat(legend)
}

export function overTime(questions: readonly Question[]): DataqueryBuilder[] {
  return questions.map((question, index) => query(question, index).range())
}

export function now(questions: readonly Question[]): DataqueryBuilder[] {
  return questions.map((question, index) => query(question, index).instant())
}

export function rows(questions: readonly Question[]): DataqueryBuilder[] {
  return now(questions).map((one) => one.format(PromQueryFormat.Table))
}

const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull'])
const legendBelow = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom)
const legendTable = () =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .calcs(['mean', 'max', 'lastNotNull'])
const allAtOnce = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending)

/** One number, as it is now. */
export function figure(frame: Frame, question: Question, steps: Steps = NEUTRAL) {
  return framed(new Stat(), frame)
    .targets(now([question]))
    .thresholds(thresholds(steps))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(lastValue())
}

/** One word, by the colour of what it means. */
export function word(frame: Frame, question: Question, words: readonly ValueMapping[]) {
  return figure(frame, question)
    .mappings([...words])
    .colorMode(BigValueColorMode.Background)
}

export function lines(frame: Frame, questions: readonly Question[]) {
  return framed(new TimeSeries(), frame)
    .targets(overTime(questions))
    .lineWidth(1)
    .fillOpacity(8)
    .min(0)
    .showPoints(VisibilityMode.Never)
    .legend(legendTable())
    .tooltip(allAtOnce())
}

/** With a coloured ground from each step on. */
export function linesWithin(frame: Frame, questions: readonly Question[], steps: Steps) {
  return lines(frame, questions)
    .thresholds(thresholds(steps))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

/** Parts that add up. */
export function stack(frame: Frame, questions: readonly Question[]) {
  return lines(frame, questions)
    .fillOpacity(70)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
}

/** Counts in each step of what should not be. */
export function faults(frame: Frame, questions: readonly Question[]) {
  return stack(frame, questions)
    .drawStyle(GraphDrawStyle.Bars)
    .colorScheme({ build: () => ({ mode: FieldColorModeId.Shades, fixedColor: 'red' }) })
    .legend(legendBelow())
}

/** A line whose colour is given, whatever else there is: the limit, the phase. */
export function withColours<Kind extends TimeSeries>(panel: Kind, colours: Readonly<Record<string, string>>): Kind {
  for (const [name, colour] of Object.entries(colours)) panel.overrideByName(name, [fixedColour(colour)])
  return panel
}

/** A dashed line without ground. */
export function withLimit<Kind extends TimeSeries>(panel: Kind, pattern: string): Kind {
  return panel.overrideByRegexp(pattern, [
    fixedColour('red'),
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
    { id: 'custom.fillOpacity', value: 0 },
  ])
}

/** Least step of a history: four scrapes in the usual case, and never less than one. */
export const HISTORY_STEP = '1m'
/** What Prometheus itself looks back for a value. */
const LOOKBACK_MS = 300_000

/** What was when, a bar for each target. The query asks for whole steps, so that nothing short falls between two. */
export function history(frame: Frame, question: Question, words: readonly ValueMapping[]) {
  return framed(new StateTimeline(), frame)
    .targets(overTime([question]))
    .interval(HISTORY_STEP)
    .mappings([...words])
    .thresholds(thresholds(NEUTRAL))
    .spanNulls(LOOKBACK_MS)
    .mergeValues(true)
    .showValue(VisibilityMode.Never)
    .rowHeight(0.85)
    .fillOpacity(85)
    .legend(legendBelow())
}

/** Buckets of a histogram over time. With exemplars: the dots are traces. */
export function heat(frame: Frame, question: Question) {
  return framed(new Heatmap(), frame)
    .targets([
      query({ ...question, legend: '{{le}}' }, 0)
        .range()
        .format(PromQueryFormat.Heatmap)
        .exemplar(true),
    ])
    .calculate(false)
    .color(heatColours())
    .rowsFrame({ build: () => ({ layout: HeatmapCellLayout.Auto }) })
    .yAxis({ build: () => ({ unit: frame.unit }) })
    .showValue(VisibilityMode.Never)
    .cellGap(1)
}

function heatColours() {
  return new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').exponent(0.5).steps(64)
}

/** Things side by side, the largest first as the query sorts them. */
export function ranking(frame: Frame, question: Question, steps: Steps = ['blue']) {
  return framed(new BarGauge(), frame)
    .targets(now([question]))
    .thresholds(thresholds(steps))
    .displayMode(BarGaugeDisplayMode.Gradient)
    .orientation(VizOrientation.Horizontal)
    .min(0)
    .reduceOptions(lastValue())
}
