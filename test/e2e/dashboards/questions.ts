/** What the panels of the generated dashboards ask, with Grafana's variables filled in, put to a Prometheus. */
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus'
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard'

export interface TimeRange {
  /** Unix time. */
  readonly fromSeconds: number
  readonly toSeconds: number
  readonly stepSeconds: number
}

/** As Prometheus answers both kinds of questions: an instant one is a range of one moment. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [atSeconds: number, value: string])[]
}

export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => panel.type !== 'row')
}

export function queriesOf({ targets = [] }: Panel): Dataquery[] {
  return targets as Dataquery[]
}

export type Question = Pick<Dataquery, 'expr' | 'instant'>

/** Chosen variables of the dashboard; those that are not named are All. */
export type Chosen = Readonly<Record<string, string>>

/** Rates reach over some scrapes, as Grafana reckons it: four of them, and no less than a step and one. */
export function filledIn(expression: string, { fromSeconds, toSeconds, stepSeconds }: TimeRange, chosen: Chosen = {}) {
  const values: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.max(4, stepSeconds + 1)}s`,
    __interval: `${stepSeconds}s`,
    __range: `${Math.round(toSeconds - fromSeconds)}s`,
    ...chosen,
  }
  return expression.replaceAll(/\$(\w+)/g, (_, name: string) => values[name] ?? '.+')
}

export async function ask(url: string, query: Question, range: TimeRange, chosen?: Chosen): Promise<Series[]> {
  const form = new URLSearchParams({ query: filledIn(query.expr, range, chosen) })
  const isInstant = query.instant === true
  if (isInstant) form.set('time', String(range.toSeconds))
  else {
    form.set('start', String(range.fromSeconds))
    form.set('end', String(range.toSeconds))
    form.set('step', String(range.stepSeconds))
  }
  const response = await fetch(`${url}/api/v1/${isInstant ? 'query' : 'query_range'}`, { method: 'POST', body: form })
  const answer = (await response.json()) as Answer
  if (answer.status !== 'success') throw new Error(`${answer.error ?? 'no word'}: ${form.get('query')}`)
  return answer.data.result.map(({ metric, value, values }) => ({ metric, values: values ?? (value ? [value] : []) }))
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: {
    readonly result: readonly {
      readonly metric: Series['metric']
      readonly value?: readonly [number, string]
      readonly values?: Series['values']
    }[]
  }
}
