import { dirname } from 'node:path'
import type { z } from 'zod'
import { adviceOn } from './advice.ts'
import { type CelProgram, compileCel } from './cel.ts'
import { readConfig } from './config-text.ts'
import { type ResolvePath, pathsRelativeTo } from './file-paths.ts'
import { entriesOf } from './headers.ts'
import { CEL_KEYS } from './http-module.ts'
import { problemsOf } from './issue.ts'
import { toModule } from './module.ts'
import { showFile, showModules } from './masking.ts'
import { formatPath, formatProblems, type Path, type PlacedProblem, type Problem } from './problem.ts'
import { salvage } from './salvage.ts'
import { type Config, type ConfigFile, configSchema } from './schema.ts'
import { toTarget } from './targets.ts'
import { readTree, type Tree } from './yaml-tree.ts'

/** Errors: one line each, `file:line:col: path: what was found; what to write`, all that the file has. */
export type Loaded = { readonly ok: true; readonly config: Config } | NotLoaded
export interface NotLoaded {
  readonly ok: false
  readonly errors: readonly string[]
  /** Of the parts that are right, as `Config` has them. */
  readonly warnings?: readonly string[]
}

export async function loadConfig(file: string, remedy?: string): Promise<Loaded> {
  const read = await readConfig(file, remedy)
  return read.ok ? await parseConfig(read.text, file) : read
}

/** `file` only names the place in messages and is in the folder that relative paths start from. */
export async function parseConfig(text: string, file: string): Promise<Loaded> {
  const read = readTree(withoutByteOrderMark(text))
  if (!read.ok) return { ok: false, errors: formatProblems(file, read.problems) }
  const { tree } = read
  if (tree.value === undefined && read.problems.length === 0)
    return { ok: false, errors: [`${file}:1:1: file: ${EMPTY}`] }
  const parsed = parseTree(tree)
  const cel = await compileExpressions(tree.value)
  const found = [...(parsed.success ? [] : problemsIn(parsed.error, tree)), ...cel.problems]
  const problems = [...read.problems, ...placed(withoutEchoes(found, read.problems), tree)]
  const sound = parsed.success ? parsed.data : salvage(tree.value)
  const warnings = sound === undefined ? [] : formatProblems(file, placed(adviceOn(sound, tree.value), tree))
  if (!parsed.success || problems.length > 0) return { ok: false, errors: formatProblems(file, problems), warnings }
  return {
    ok: true,
    config: buildConfig(parsed.data, tree.value, pathsRelativeTo(dirname(file)), cel.programs, warnings),
  }
}

/** Where the YAML itself was wrong, the schema finds nothing there and would say so again. */
function withoutEchoes(found: readonly Problem[], told: readonly PlacedProblem[]): Problem[] {
  const places = new Set(told.map(({ path }) => formatPath(path)))
  return found.filter(({ path }) => !places.has(formatPath(path)))
}

const EMPTY = 'is empty; write "modules: {http_2xx: {prober: http}}" or a list of targets'

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/**
 * The schema knows JSON's types; a YAML file says more with the same text. Where a text is wanted, `1.10` and `true`
 * mean those texts, and where a boolean is wanted `yes` means true, as blackbox_exporter's library reads them.
 */
function parseTree(tree: Tree): z.ZodSafeParseResult<ConfigFile> {
  const first = configSchema.safeParse(tree.value)
  if (first.success) return first
  const mended = first.error.issues.filter((issue) => mend(issue, tree))
  return mended.length > 0 ? configSchema.safeParse(tree.value) : first
}

const YAML_1_1_BOOLEANS = new Map([
  ...['y', 'yes', 'on'].map((word) => [word, true] as const),
  ...['n', 'no', 'off'].map((word) => [word, false] as const),
])

function mend(issue: z.core.$ZodIssue, tree: Tree, above: Path = []): boolean {
  const path = [...above, ...issue.path] as Path
  if (issue.code === 'invalid_union') {
    return issue.errors.flat().filter((inner) => mend(inner, tree, path)).length > 0
  }
  if (issue.code !== 'invalid_type') return false
  const source = tree.sourceOf(path)
  const value = issue.expected === 'boolean' ? YAML_1_1_BOOLEANS.get(source?.toLowerCase() ?? '') : source
  if (value === undefined || (issue.expected !== 'boolean' && issue.expected !== 'string')) return false
  tree.replace(path, value)
  return true
}

function problemsIn(error: z.ZodError, tree: Tree): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, configSchema, tree.value))
}

function placed(problems: readonly Problem[], tree: Tree): PlacedProblem[] {
  return problems.map(({ path, message, atKey }) => ({ path, message, position: tree.positionOf(path, atKey) }))
}

/** Before the schema's verdict is known, so that a bad expression and a bad key are told in one go. */
async function compileExpressions(
  file: unknown,
): Promise<{ readonly programs: ReadonlyMap<string, CelProgram>; readonly problems: readonly Problem[] }> {
  const programs = new Map<string, CelProgram>()
  const problems: Problem[] = []
  for (const [name, module] of entriesOf(new Map(entriesOf(file)).get('modules'))) {
    const http = new Map(entriesOf(new Map(entriesOf(module)).get('http')))
    for (const key of CEL_KEYS) {
      const source = http.get(key)
      if (typeof source !== 'string') continue
      const compiled = await compileCel(source)
      if (compiled.ok) programs.set(source, compiled.value)
      else problems.push({ path: ['modules', name, 'http', key], message: compiled.message })
    }
  }
  return { programs, problems }
}

function buildConfig(
  file: ConfigFile,
  raw: unknown,
  resolvePath: ResolvePath,
  programs: ReadonlyMap<string, CelProgram>,
  warnings: readonly string[],
): Config {
  const modules = Object.entries(file.modules).map(([name, block]) => {
    return [name, toModule(block, resolvePath, (source) => programs.get(source))] as const
  })
  const yaml = once(() => showFile(raw))
  const moduleYaml = once(() => showModules(raw))
  return {
    modules: new Map(modules),
    targets: file.targets.map(toTarget),
    get yaml() {
      return yaml()
    },
    get moduleYaml() {
      return moduleYaml()
    },
    warnings,
  }
}

/** Writing thousands of targets as YAML takes long, and only `/config` asks for it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
