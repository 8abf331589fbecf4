/**
 * What the Helm chart has of this project's code: rules, monitors and dashboards, and the schema of its values. A chart
 * reads nothing outside its folder, and its templates cannot reckon the thresholds of an objective: so they get the rules of
 * a prober and a service with names that stand for others, and put the real ones in.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { dashboardFiles } from '../dashboards/files.ts'
import { type GeneratedFile, MARK } from '../monitoring/files.ts'
import { objectiveGroups, watchingGroups } from '../monitoring/rules.ts'
import { serviceMonitors } from '../monitoring/service-monitor.ts'
import { parseConfig } from '../prober/config/load.ts'
import type { Config } from '../prober/config/schema.ts'
import { valuesSchema, valuesSchemaText } from './chart-values-schema.ts'

const CHART = 'helm/sonde'

/** Names that helm/sonde/templates/_rules.tpl puts others in place of. */
const PROBER = 'each-prober'
const SERVICE = 'each-service'

export async function chartFiles(root: string): Promise<GeneratedFile[]> {
  const values = await readFile(join(root, CHART, 'values.yaml'), 'utf8')
  return [
    { path: `${CHART}/values.schema.json`, content: valuesSchemaText(values) },
    { path: `${CHART}/files/monitoring.yaml`, content: await monitoringText(objectivesIn(values)) },
    ...dashboardFiles().map(({ path, content }) => ({ path: `${CHART}/files/dashboards/${path}`, content })),
  ]
}

/** In percent. */
function objectivesIn(values: string): number[] {
  const { enum: objectives = [] } = valuesSchema(values).properties.objective ?? {}
  const numbers = Array.isArray(objectives) ? objectives.filter((objective) => typeof objective === 'number') : []
  if (numbers.length === 0) throw new Error('values.yaml: objective: has no numbers; write "# @schema {enum: [99, …]}"')
  return numbers
}

async function monitoringText(objectives: readonly number[]): Promise<string> {
  const config = await exampleWith()
  const [proberMonitor, serviceMonitor] = serviceMonitors(config).map(({ spec }) => spec)
  const watching = watchingGroups(config)
  const byObjective: Record<string, unknown> = {}
  for (const objective of objectives) byObjective[objective] = objectiveGroups(await exampleWith(objective))
  const yaml = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const
  return `${MARK}\n${stringify({ proberMonitor, serviceMonitor, watching, objectives: byObjective }, yaml)}`
}

/** A path of two hops: users see the outer one, and all others stand where `inner` does. */
async function exampleWith(objective?: number): Promise<Config> {
  const hops = [{ name: 'edge' }, { name: 'inner', address: 'http://inner' }]
  const selector = (name: string) => ({ 'app.kubernetes.io/name': name })
  const example = {
    modules: { web: { prober: 'http' } },
    paths: [{ name: SERVICE, url: 'https://hello.example.com/', module: 'web', hops }],
    slo: objective === undefined ? [] : [{ name: SERVICE, objective, targets: [`${SERVICE}/edge`] }],
    monitoring: {
      name: PROBER,
      job: PROBER,
      // Also a name that stands for another.
      runbook_url: 'runbook.md',
      prober_service: { name: PROBER, selector: selector(PROBER) },
      services: [{ name: SERVICE, selector: selector(SERVICE) }],
    },
  }
  const loaded = await parseConfig(stringify(example), 'chart-files.ts')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}
