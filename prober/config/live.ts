/**
 * The parts of a configuration that hold compiled expressions and secrets, which cannot be sent from thread to thread.
 * Everything else is plain values.
 */
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type CelProgram, compileCel } from './cel.ts'
import { pathsRelativeTo } from './file-paths.ts'
import { entriesOf } from './headers.ts'
import { CEL_KEYS } from './http-module.ts'
import { type Module, type ModuleBlock, moduleBlock, toModule } from './module.ts'
import type { Problem } from './problem.ts'
import { BUILT_IN_MODULES, type Config } from './schema.ts'
import { telemetryBlock, toOtlpConfig } from './telemetry.ts'
import type { Tree } from './yaml-tree.ts'

export type LiveParts = Pick<Config, 'modules' | 'otlp'>
export type PlainParts = Omit<Config, keyof LiveParts>

/** What the live parts are made of, as the file has it; found right before. */
export interface LiveSource {
  readonly modules: readonly (readonly [name: string, block: unknown])[]
  readonly telemetry: unknown
  /** That paths in them start from. */
  readonly folders: Folders
}

export interface Folders {
  readonly modules: ReadonlyMap<string, string>
  readonly telemetry: string
}

export function liveSource(tree: Tree): LiveSource {
  const file = new Map(entriesOf(tree.value))
  const modules = file.get('modules') === undefined ? BUILT_IN_MODULES : file.get('modules')
  return { modules: entriesOf(modules), telemetry: file.get('telemetry'), folders: foldersOf(tree) }
}

export function foldersOf(tree: Tree): Folders {
  const folderOf = (path: readonly string[]) => dirname(tree.positionOf(path).file)
  const names = entriesOf(new Map(entriesOf(tree.value)).get('modules')).map(([name]) => name)
  return {
    modules: new Map(names.map((name) => [name, folderOf(['modules', name])])),
    telemetry: folderOf(['telemetry']),
  }
}

/** Compiled between two turns of the event loop: 5 ms at most, and most modules have no expression. */
const MODULES_AT_ONCE = 20

export async function liveParts({ modules, telemetry, folders }: LiveSource): Promise<LiveParts> {
  const made = new Map<string, Module>()
  for (const [index, [name, block]] of modules.entries()) {
    if (index > 0 && index % MODULES_AT_ONCE === 0) await setImmediate()
    const { programs } = await compileExpressions({ modules: { [name]: block } })
    made.set(name, moduleOf(name, moduleBlock.parse(block), programs, folders))
  }
  const parsed = telemetry === undefined ? undefined : telemetryBlock.parse(telemetry)
  return { modules: made, otlp: toOtlpConfig(parsed, pathsRelativeTo(folders.telemetry)) }
}

export function moduleOf(
  name: string,
  block: ModuleBlock,
  programs: ReadonlyMap<string, CelProgram>,
  { modules }: Folders,
): Module {
  return toModule(block, pathsRelativeTo(modules.get(name) ?? ''), (source) => programs.get(source))
}

/** Before the schema's verdict is known, so that a bad expression and a bad key are told in one go. */
export async function compileExpressions(
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
      else problems.push({ path: ['modules', name, 'http', key], message: compiled.message, quotesText: true })
    }
  }
  return { programs, problems }
}
