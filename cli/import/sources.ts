/** The files that are given: which is a blackbox.yml, which a prometheus.yml, and whether they are right. */
import { resolve } from 'node:path'
import { readConfig } from '../../prober/config/config-text.ts'
import { entriesOf } from '../../prober/config/headers.ts'
import { parseConfig } from '../../prober/config/load.ts'
import { formatProblems, type Path } from '../../prober/config/problem.ts'
import type { Module } from '../../prober/config/schema.ts'
import { readTree, type Tree } from '../../prober/config/yaml-tree.ts'
import type { Host } from '../terminal.ts'
import type { ModulesFile } from './modules.ts'
import { type PrometheusFile, readPrometheusFile } from './prometheus-file.ts'
import { matchingFiles } from './target-groups.ts'

export interface Sources {
  readonly modulesFiles: readonly ModulesFile[]
  readonly modules: ReadonlyMap<string, Module>
  readonly prometheusFiles: readonly PrometheusFile[]
  /** Lines; with one of them nothing is imported. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

/** One file, read. */
type Source = {
  readonly modulesFile?: ModulesFile & { readonly modules: ReadonlyMap<string, Module>; readonly tree: Tree }
  readonly prometheusFile?: PrometheusFile
  readonly errors?: readonly string[]
  readonly warnings?: readonly string[]
}

export async function readImported(files: readonly string[], environment: Host['environment']): Promise<Sources> {
  const sources: Source[] = []
  const waiting = [...files]
  const seen = new Set<string>()
  // Those that others name come at the end of the line.
  for (const file of waiting) {
    if (seen.has(resolve(file))) continue
    seen.add(resolve(file))
    const source = await readSource(file, environment)
    sources.push(source)
    waiting.push(...(await scrapeConfigFilesOf(source)))
  }
  const modulesFiles = sources.flatMap(({ modulesFile }) => modulesFile ?? [])
  return {
    modulesFiles,
    modules: new Map(modulesFiles.flatMap(({ modules }) => [...modules])),
    prometheusFiles: sources.flatMap(({ prometheusFile }) => prometheusFile ?? []),
    errors: [...sources.flatMap(({ errors = [] }) => errors), ...twice(modulesFiles)],
    warnings: sources.flatMap(({ warnings = [] }) => warnings),
  }
}

async function scrapeConfigFilesOf({ prometheusFile }: Source): Promise<string[]> {
  if (prometheusFile === undefined) return []
  const { scrapeConfigFiles, file } = prometheusFile
  return (await Promise.all(scrapeConfigFiles.map((pattern) => matchingFiles(pattern, file)))).flat()
}

async function readSource(file: string, environment: Host['environment']): Promise<Source> {
  const read = await readConfig(file, 'check the path')
  if (!read.ok) return { errors: read.errors }
  const yaml = readTree(read.text, file)
  if (!yaml.ok) return { errors: formatProblems([file], yaml.problems) }
  const keys = entriesOf(yaml.tree.value).map(([key]) => key)
  if (keys.includes('modules')) return await readModulesFile(file, read.text, yaml.tree, keys, environment)
  if (keys.includes('scrape_configs') || keys.includes('scrape_config_files')) {
    const prometheus = readPrometheusFile(read.text, file)
    return prometheus.ok ? { prometheusFile: prometheus.file } : { errors: formatProblems([file], prometheus.problems) }
  }
  return { errors: [`${file}:1:1: file: ${NEITHER}`] }
}

const NEITHER =
  'is neither a blackbox.yml, with modules: in it, nor a prometheus.yml, with scrape_configs:; name one of the two'

async function readModulesFile(
  file: string,
  text: string,
  tree: Tree,
  keys: readonly string[],
  environment: Host['environment'],
): Promise<Source> {
  const other = keys.find((key) => key !== 'modules')
  const loaded = await parseConfig(text, file, environment)
  if (!loaded.ok) return loaded
  if (other !== undefined)
    return { errors: complaint(tree, file, [other], 'makes it a sonde.yml already; name the blackbox.yml instead') }
  const { modules, warnings } = loaded.config
  return { modulesFile: { file, text, modules, tree }, warnings }
}

function twice(files: readonly NonNullable<Source['modulesFile']>[]): string[] {
  const first = new Map<string, string>()
  return files.flatMap(({ file, modules, tree }) =>
    [...modules.keys()].flatMap((name) => {
      const other = first.get(name)
      if (other === undefined) first.set(name, file)
      return other === undefined
        ? []
        : complaint(tree, file, ['modules', name], `is in ${other}, too; give one of them another name`)
    }),
  )
}

function complaint(tree: Tree, file: string, path: Path, message: string): string[] {
  return formatProblems([file], [{ path, message, position: tree.positionOf(path, true) }])
}
