/** What every dashboard is: its name, its links to the others, what fires as a mark on time, and its grid. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { alerts } from '../monitoring/queries.ts'
import { DATASOURCE } from './variables.ts'

export interface Row {
  readonly title: string
  readonly panels: readonly Builder<Panel>[]
}

export interface Board {
  /** Also in the address of the dashboard, which bookmarks keep. */
  readonly uid: BoardUid
  readonly title: string
  readonly description: string
  readonly from: string
  readonly variables: readonly Builder<VariableModel>[]
  readonly rows: readonly Row[]
}

export type BoardUid = 'sonde-overview' | 'sonde-target' | 'sonde-slo' | 'sonde-prober' | 'sonde-hello'

const TAGS = ['synthetic-monitoring', 'generated']

export function board({ uid, title, description, from, variables, rows }: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .id(null)
    .uid(uid)
    .description(description)
    .tags(TAGS)
    .timezone('utc')
    .time({ from, to: 'now' })
    .refresh('1m')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotation(firingAlerts())
    .link({ build: toTheOthers })
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panel)
  }
  return numbered(builder.build())
}

/** Who asks for one instance on one dashboard wants it on the next. */
export function linkTo(uid: BoardUid, variable: string): string {
  return `/d/${uid}?var-datasource=$datasource&var-${variable}=$__value&$__url_time_range`
}

function toTheOthers(): DashboardLink {
  return {
    title: 'Synthetic monitoring',
    type: DashboardLinkType.Dashboards,
    icon: 'external link',
    tooltip: '',
    tags: ['synthetic-monitoring'],
    asDropdown: true,
    targetBlank: false,
    includeVars: true,
    keepTime: true,
  }
}

function firingAlerts() {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr(alerts('firing', 'alertname=~"Synthetic.*"'))
    .titleFormat('{{alertname}}')
    .textFormat('{{instance}}')
    .step('60s')
}

/** In their order, so that a panel's link stays while nothing is put in front of it. */
function numbered(dashboard: Dashboard): Dashboard {
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) }
}
