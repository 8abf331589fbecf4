import { dirname } from 'node:path'
import type { z } from 'zod'
import { adviceOn } from './advice.ts'
import type { CelProgram } from './cel.ts'
import { readConfig } from './config-text.ts'
import { toDiscovery } from './discovery.ts'
import { type Environment, type Filled, withoutValues } from './environment.ts'
import { compileExpressions } from './expressions.ts'
import { pathsRelativeTo } from './file-paths.ts'
import { entriesOf } from './headers.ts'
import { lookUp, problemsOf } from './issue.ts'
import { showFile, showModules } from './masking.ts'
import { toModule } from './module.ts'
import { monitoringBlock, toMonitoring } from './monitoring.ts'
import { toPath } from './paths.ts'
import { formatPath, formatProblems, type Path, type Problem } from './problem.ts'
import { salvage } from './salvage.ts'
import { keepingSame } from './same-target.ts'
import { type Config, type ConfigFile, configSchema, type Target } from './schema.ts'
import { toSlo } from './slo.ts'
import { placed, readSources, shownValue, type Sources } from './sources.ts'
import { toTarget } from './targets.ts'
import { toOtlpConfig } from './telemetry.ts'
import type { Tree } from './yaml-tree.ts'

/** Errors: one line each, `file:line:col: path: what was found; what to write`, all that the file has. */
export type Loaded = { readonly ok: true; readonly config: Config } | NotLoaded
export interface NotLoaded {
  readonly ok: false
  readonly errors: readonly string[]
  /** Of the parts that are right, as `Config` has them. */
  readonly warnings?: readonly string[]
}

/** `environment`: what placeholders in the file stand for. */
export async function loadConfig(file: string, remedy?: string, environment: Environment = {}): Promise<Loaded> {
  const read = await readConfig(file, remedy)
  return read.ok ? await parseConfig(read.text, file, environment) : { ok: false, errors: read.errors }
}

/** `file` only names the place in messages and is in the folder that relative paths start from. */
export async function parseConfig(text: string, file: string, environment: Environment = {}): Promise<Loaded> {
  return await configFrom(await readSources(text, file, environment))
}

/** `known`: targets of before; what is as it was stays the same value. */
export async function configFrom(sources: Sources, known: readonly Target[] = []): Promise<Loaded> {
  const checked = await check(sources)
  return checked.ok ? { ok: true, config: buildConfig(checked, known) } : checked
}

/** A file in which nothing is wrong, and what was made of it on the way. */
interface Checked {
  readonly ok: true
  readonly sources: Sources
  readonly tree: Tree
  readonly file: ConfigFile
  readonly programs: ReadonlyMap<string, CelProgram>
  readonly warnings: readonly string[]
}

async function check(sources: Sources): Promise<Checked | NotLoaded> {
  const { tree, files, filled } = sources
  if (tree === undefined) return { ok: false, errors: formatProblems(files, sources.problems) }
  if (tree.value === undefined && sources.problems.length === 0)
    return { ok: false, errors: [`${files[0]}:1:1: file: ${EMPTY}`] }
  const parsed = parseTree(tree, filled)
  const cel = await compileExpressions(tree.value)
  const found = [...(parsed.success ? [] : problemsIn(parsed.error, tree)), ...cel.problems]
  const told = withoutValues(withoutEchoes(found, sources), filled)
  const problems = [...sources.problems, ...placed(told, tree)]
  const sound = parsed.success ? parsed.data : salvage(tree.value)
  const advice = sound === undefined ? [] : placed(withoutValues(adviceOn(sound, tree.value), filled), tree)
  const warnings = formatProblems(files, [...sources.warnings, ...advice])
  if (!parsed.success || problems.length > 0) return { ok: false, errors: formatProblems(files, problems), warnings }
  return { ok: true, sources, tree, file: parsed.data, programs: cel.programs, warnings }
}

/** Where the YAML itself was wrong, the schema finds nothing there and would say so again. */
function withoutEchoes(found: readonly Problem[], { problems, isIncomplete }: Sources): Problem[] {
  const places = new Set(problems.map(({ path }) => formatPath(path)))
  return found.filter(({ path }) => !places.has(formatPath(path)) && !(isIncomplete && namesModule(path)))
}

/** Of a target, a path or a source of targets: the module may be in the file that is broken. */
function namesModule(path: Path): boolean {
  return path[0] === 'discovery'
    ? path[3] === 'module'
    : ['targets', 'paths'].includes(String(path[0])) && path[2] === 'module'
}

const EMPTY = 'is empty; write "modules: {http_2xx: {prober: http}}" or a list of targets'

/**
 * The schema knows JSON's types; a YAML file says more with the same text. Where a text is wanted, `1.10` and `true`
 * mean those texts, and where a boolean is wanted `yes` means true, as blackbox_exporter's library reads them.
 */
function parseTree(tree: Tree, filled: readonly Filled[]): z.ZodSafeParseResult<ConfigFile> {
  const first = configSchema.safeParse(tree.value)
  if (first.success) return first
  const texts = new Map(filled.map(({ path, text }) => [JSON.stringify(path), text]))
  const written: Written = (path) => texts.get(JSON.stringify(path)) ?? tree.sourceOf(path)
  const mended = first.error.issues.filter((issue) => mend(issue, tree, written))
  return mended.length > 0 ? configSchema.safeParse(tree.value) : first
}

/** A name or a list's item without a value, as Go reads it. A module itself says at least its prober. */
const EMPTY_VALUES: Readonly<Record<string, () => unknown>> = {
  array: () => [],
  record: () => ({}),
  object: () => ({}),
}

function isInsideModule(path: Path): boolean {
  return path[0] === 'modules' && path.length > 2
}

const YAML_1_1_BOOLEANS = new Map([
  ...['y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['n', 'no', 'off'].map((word) => [word, false] as const),
])

/** A scalar's text, placeholders filled in. */
type Written = (path: Path) => string | undefined

function mend(issue: z.core.$ZodIssue, tree: Tree, written: Written, above: Path = []): boolean {
  const path = [...above, ...issue.path] as Path
  if (issue.code === 'invalid_union') {
    return issue.errors.flat().some((inner) => mend(inner, tree, written, path))
  }
  if (issue.code !== 'invalid_type') return false
  const source = written(path)
  const found = lookUp(tree.value, path)
  const isEmpty = found.isThere && found.value === undefined && isInsideModule(path)
  const empty = isEmpty ? EMPTY_VALUES[issue.expected]?.() : undefined
  const text = () => (source === undefined ? undefined : readAs(issue.expected, source, source !== tree.sourceOf(path)))
  const value = empty ?? text()
  if (value === undefined) return false
  tree.replace(path, value)
  return true
}

/** A number in quotes is a mistake, there as here; from the environment it comes as a text. */
function readAs(expected: string, source: string, isFilled: boolean): unknown {
  if (expected === 'string') return source
  if (expected === 'boolean')
    return isFilled && /^(true|false)$/.test(source) ? source === 'true' : YAML_1_1_BOOLEANS.get(source.toLowerCase())
  return expected === 'number' && isFilled && /^-?\d+(\.\d+)?$/.test(source) ? Number(source) : undefined
}

function problemsIn(error: z.ZodError, tree: Tree): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, configSchema, tree.value))
}

function buildConfig({ file, tree, programs, sources, warnings }: Checked, known: readonly Target[]): Config {
  const shown = shownValue(sources)
  const addresses = shownAddresses(shown)
  const targets = file.targets.map((block, index) => toTarget(block, addresses[index] ?? block.address))
  const paths = file.paths.map(toPath)
  const fileOf = (...path: string[]) => tree.positionOf(path).file
  const relativeTo = (path: string) => pathsRelativeTo(dirname(path))
  const modules = Object.entries(file.modules).map(
    ([name, block]) =>
      [name, toModule(block, relativeTo(fileOf('modules', name)), (source) => programs.get(source))] as const,
  )
  const discoveryFile = fileOf('discovery')
  const yaml = once(() => showFile(shown))
  const moduleYaml = once(() => showModules(shown))
  return {
    modules: new Map(modules),
    targets: [...targets, ...paths.flatMap(({ hops }) => hops)].map(keepingSame(known)),
    paths,
    discovery: toDiscovery(file.discovery, discoveryFile, relativeTo(discoveryFile)),
    slos: file.slo.map(toSlo),
    monitoring: toMonitoring(file.monitoring ?? monitoringBlock.parse({})),
    otlp: toOtlpConfig(file.telemetry, relativeTo(fileOf('telemetry'))),
    get yaml() {
      return yaml()
    },
    get moduleYaml() {
      return moduleYaml()
    },
    warnings,
  }
}

function shownAddresses(shown: unknown): readonly (string | undefined)[] {
  const targets = new Map(entriesOf(shown)).get('targets')
  if (!Array.isArray(targets)) return []
  return targets.map((target) => {
    const address = new Map(entriesOf(target)).get('address')
    return typeof address === 'string' ? address : undefined
  })
}

/** Writing thousands of targets as YAML takes long, and only `/config` asks for it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
