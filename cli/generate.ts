/**
 * `sonde generate`: for a configuration, what Prometheus needs to watch what it names; without one, the files of this
 * project that are made from its code. `--check` writes nothing and says what is stale.
 */
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CONFIG_MAPS, configMapsFile, dashboardFiles } from '../dashboards/files.ts'
import {
  FORMATS,
  GENERATED_PATHS,
  type GeneratedFile,
  MARK,
  type MonitoringFormat,
  monitoringFiles,
} from '../monitoring/files.ts'
import { WITHOUT_LABELS } from '../prober/config/advice-monitoring.ts'
import { configDocument, configJsonSchemaText } from '../prober/config/document.ts'
import { loadConfig, parseConfig } from '../prober/config/load.ts'
import type { Config } from '../prober/config/schema.ts'
import { metricsDocument } from '../prober/metrics/document.ts'
import { readArguments } from './arguments.ts'
import { chartFiles } from './chart-files.ts'
import { type Difference, differenceOf, writeDifference } from './generated-folder.ts'
import { manifestCopies } from './manifest-copies.ts'
import type { Host } from './terminal.ts'

export interface Generator {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly content: () => string | Promise<string>
}

const ROOT = resolve(import.meta.dirname, '..')

export const GENERATORS: readonly Generator[] = [
  { path: 'sonde.schema.json', content: configJsonSchemaText },
  { path: 'docs/configuration.md', content: configDocument },
  { path: 'docs/metrics.md', content: metricsDocument },
  ...[...dashboardFiles(), configMapsFile()].map(({ path, content }) => ({
    path: `dashboards/generated/${path}`,
    content: () => content,
  })),
]

export interface GenerateOptions {
  readonly generators?: readonly Generator[]
  readonly root?: string
  readonly environment?: Host['environment']
  readonly say: (line: string) => void
  readonly complain?: (line: string) => void
}

const FLAGS = {
  config: { type: 'string' },
  out: { type: 'string' },
  format: { type: 'string' },
  check: { type: 'boolean' },
} as const

/** Returns the exit code: 1 when `--check` found something stale, the configuration is wrong, or an argument unknown. */
export async function generate(args: readonly string[], options: GenerateOptions): Promise<number> {
  const { say, complain = say } = options
  const read = readArguments(args, FLAGS)
  const problem = read.ok ? complaintAbout(read.values, read.positionals) : read.message
  if (!read.ok || problem !== undefined) {
    complain(`sonde generate: ${problem}`)
    return 1
  }
  const { config, out, format = 'operator', check = false } = read.values
  if (config === undefined || out === undefined) return generateProject(check === true, options)
  const loaded = await loadConfig(String(config), 'check the path', options.environment)
  if (!loaded.ok) {
    for (const error of loaded.errors) complain(error)
    complain(`sonde generate: ${out} is as it was`)
    return 1
  }
  for (const warning of [...loaded.config.warnings, ...warningsOf(loaded.config, String(format))])
    complain(`${warning} (warning)`)
  const files = await filesOf(loaded.config, String(format))
  return generateInto({ folder: String(out), check: check === true, remedy: 'run it without --check' }, files, options)
}

async function generateInto(place: Place, files: readonly GeneratedFile[], { say, complain = say }: GenerateOptions) {
  try {
    const difference = await differenceOf(place.folder, files, everMadePaths(), isOurs)
    if (!place.check && isNone(difference)) say(`everything in ${place.folder} is up to date`)
    if (difference.foreign.length === 0) return await settle(difference, place, say)
    for (const path of difference.foreign)
      complain(`${join(place.folder, path)} was not made by sonde generate; move it away, or give another --out`)
    complain(`sonde generate: ${place.folder} is as it was`)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
    complain(
      `sonde generate: ${place.folder} cannot be ${place.check ? 'read' : 'written'} (${thrown.code}); give another --out`,
    )
  }
  return 1
}

function everMadePaths(): string[] {
  return [...GENERATED_PATHS, CONFIG_MAPS, ...plainBoards().map(({ path }) => path)]
}

/** Of a dashboard its `uid` says so, of the runbook how it begins: neither may hold what is for no reader. */
function isOurs(path: string, text: string): boolean {
  if (path.endsWith('.json')) return new RegExp(`^  "uid": "${basename(path, '.json')}"`, 'm').test(text)
  return text.startsWith(path.endsWith('.md') ? RUNBOOK_BEGINS : MARK)
}

const RUNBOOK_BEGINS = '# Runbook\n\nOne section for each alert that `sonde generate` writes'

type Values = Readonly<Partial<Record<keyof typeof FLAGS, string | true>>>

function complaintAbout({ config, out, format }: Values, [extra]: readonly string[]): string | undefined {
  if (extra !== undefined) return `unexpected ${JSON.stringify(extra)}; write "sonde generate --config FILE --out DIR"`
  if ((config === undefined) !== (out === undefined)) return '--config FILE and --out DIR go together'
  if (config === '' || out === '') return `--${config === '' ? 'config' : 'out'} needs a value`
  if (format !== undefined && config === undefined) return '--format goes with --config FILE and --out DIR'
  if (format === undefined || FORMATS.some((known) => known === format)) return undefined
  return `--format: found ${JSON.stringify(format)}; write ${FORMATS.join(' or ')}`
}

/** What the format makes of the file, and nothing in it is wrong. */
function warningsOf({ monitoring, targets, discovery }: Config, format: string): string[] {
  const warnings: string[] = []
  if (format === 'plain' && monitoring.ingress.length > 0)
    warnings.push('monitoring.ingress: needs the Operator, and is left out')
  if (format === 'operator' && monitoring.namespace === undefined && Object.keys(monitoring.labels).length === 0)
    warnings.push(`monitoring: ${WITHOUT_LABELS}`)
  const finds = discovery.files.length + discovery.kubernetes.length > 0
  if (targets.length === 0 && !finds) warnings.push('targets: there are none, so only the prober itself is watched')
  return warnings
}

async function filesOf(config: Config, format: string): Promise<GeneratedFile[]> {
  const known = FORMATS.find((name) => name === format) ?? 'operator'
  const runbook = await readFile(join(ROOT, 'monitoring/runbook.md'), 'utf8')
  return [...monitoringFiles(config, known), ...boardsOf(config, known), { path: 'runbook.md', content: runbook }]
}

function boardsOf({ monitoring }: Config, format: MonitoringFormat): GeneratedFile[] {
  return format === 'operator' ? [configMapsFile(monitoring)] : plainBoards()
}

function plainBoards(): GeneratedFile[] {
  return dashboardFiles().map(({ path, content }) => ({ path: `dashboards/${path}`, content }))
}

async function generateProject(check: boolean, { generators, root = ROOT, say }: GenerateOptions): Promise<number> {
  const made = await Promise.all(
    (generators ?? GENERATORS).map(async ({ path, content }) => ({ path, content: await content() })),
  )
  const examples = generators === undefined ? await madeOf(root) : []
  const everMade = EXAMPLES.flatMap(({ folder }) => GENERATED_PATHS.map((path) => `${folder}/${path}`))
  const difference = await differenceOf(root, [...made, ...examples], everMade, isOurs)
  const remedy = 'run "npm run generate" and commit it'
  const code = await settle(difference, { folder: root, check, remedy }, say)
  if (!check && isNone(difference)) say('everything generated is up to date')
  return code
}

/** What is made of other files of this project. */
async function madeOf(root: string): Promise<GeneratedFile[]> {
  const made = await Promise.all([exampleFiles(root), manifestCopies(root), chartFiles(root)])
  return made.flat()
}

interface Example {
  readonly config: string
  readonly folder: string
  readonly format: MonitoringFormat
  /** Instead of all files. */
  readonly only?: readonly string[]
}

const CLUSTER = 'k8s/config/sonde.yml'
const COMPONENTS = 'k8s/kustomize/components'

/** The demo's configuration as it is without flags. */
const DEMO = 'examples/prometheus/sonde.yml'

const EXAMPLES: readonly Example[] = [
  { config: 'examples/sonde.yml', folder: 'monitoring/generated/operator', format: 'operator' },
  { config: 'examples/sonde.yml', folder: 'monitoring/generated/plain', format: 'plain' },
  { config: DEMO, folder: 'examples/prometheus', format: 'plain' },
  { config: CLUSTER, folder: 'k8s/monitoring', format: 'operator' },
  {
    config: CLUSTER,
    folder: `${COMPONENTS}/monitoring`,
    format: 'operator',
    only: ['prometheus-rule.yaml', 'service-monitor.yaml'],
  },
  { config: CLUSTER, folder: `${COMPONENTS}/slo`, format: 'operator', only: ['prometheus-rule-slo.yaml'] },
  { config: 'examples/compose/sonde.yml', folder: 'examples/compose/prometheus', format: 'plain' },
]

async function exampleFiles(root: string): Promise<GeneratedFile[]> {
  const { usualConfigYaml } = await import('./demo.ts')
  const demo = { path: DEMO, content: `${MARK}\n${usualConfigYaml()}` }
  const made = await Promise.all(
    EXAMPLES.map(async ({ config, folder, format, only = GENERATED_PATHS }) => {
      const text = config === DEMO ? demo.content : await readFile(join(root, config), 'utf8')
      const loaded = await parseConfig(text, config)
      if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
      return monitoringFiles(loaded.config, format)
        .filter(({ path }) => only.includes(path))
        .map(({ path, content }) => ({ path: `${folder}/${path}`, content }))
    }),
  )
  return [demo, ...made.flat()]
}

interface Place {
  readonly folder: string
  readonly check: boolean
  readonly remedy: string
}

async function settle(difference: Difference, { folder, check, remedy }: Place, say: (line: string) => void) {
  const { stale, leftover, missing } = difference
  if (check) {
    for (const { path } of stale) say(`${path} is ${missing.includes(path) ? 'missing' : 'stale'}: ${remedy}`)
    for (const path of leftover) say(`${path} is not made any more: ${remedy}`)
    return isNone(difference) ? 0 : 1
  }
  if (!isNone(difference)) await writeDifference(folder, difference)
  for (const { path } of stale) say(`wrote ${path}`)
  for (const path of leftover) say(`removed ${path}`)
  return 0
}

function isNone({ stale, leftover }: Difference): boolean {
  return stale.length + leftover.length === 0
}
