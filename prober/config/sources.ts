/** What a configuration is made of: its file and its module files, read, filled in and joined, with what is wrong so far. */
import { dirname } from 'node:path'
import { z } from 'zod'
import { asWritten, type Environment, type Filled, fillIn, withoutValues } from './environment.ts'
import { entriesOf } from './headers.ts'
import { problemsOf } from './issue.ts'
import { joinTrees } from './joined-tree.ts'
import { type ModuleFile, type ModuleFiles, readModuleFiles } from './module-files.ts'
import type { PlacedProblem, Problem } from './problem.ts'
import { readTree, type Tree } from './yaml-tree.ts'

export interface Sources {
  /** undefined: the file itself cannot be read as YAML. */
  readonly tree: Tree | undefined
  /** As messages name them, the file itself first. */
  readonly files: readonly string[]
  readonly problems: readonly PlacedProblem[]
  readonly warnings: readonly PlacedProblem[]
  readonly filled: readonly Filled[]
  /** Some of the modules may be missing, as a module file is broken. */
  readonly isIncomplete: boolean
  readonly moduleFiles: ModuleFilesSeen
}

/** By which a reload sees that nothing has changed. */
export interface ModuleFilesSeen {
  readonly entries: readonly string[]
  readonly digest: string
  /** How much there was to read in them. */
  readonly characters: number
}

export async function readSources(text: string, file: string, environment: Environment): Promise<Sources> {
  const main = readPart(text, file, environment)
  const entries = main.tree === undefined ? [] : entriesOfList(main.tree)
  const found = await readModuleFiles(entries, dirname(file), file)
  const parts = found.files.map((moduleFile) => readModuleFile(moduleFile, environment))
  const trees = parts.flatMap(({ tree }) => (tree === undefined ? [] : [tree]))
  const joined = main.tree === undefined ? undefined : joinTrees(main.tree, trees)
  const listProblems = main.tree === undefined ? [] : listProblemsOf(found, main.tree, main.filled)
  const errors = [...listProblems.filter(({ kind }) => kind === 'error'), ...parts.flatMap(({ problems }) => problems)]
  return {
    tree: joined?.tree,
    files: [file, ...found.files.map((moduleFile) => moduleFile.file)],
    problems: [...main.problems, ...errors, ...(joined?.problems ?? [])],
    warnings: listProblems.filter(({ kind }) => kind === 'warning'),
    filled: [main, ...parts].flatMap(({ filled }) => filled),
    isIncomplete: errors.length > 0,
    moduleFiles: { entries, digest: found.digest, characters: found.characters },
  }
}

interface Part {
  readonly tree: Tree | undefined
  readonly problems: readonly PlacedProblem[]
  readonly filled: readonly Filled[]
}

function readPart(text: string, file: string, environment: Environment): Part {
  const read = readTree(withoutByteOrderMark(text), file)
  if (!read.ok) return { tree: undefined, problems: read.problems, filled: [] }
  const { filled, problems } = fillIn(read.tree, environment)
  return { tree: read.tree, problems: [...read.problems, ...placed(problems, read.tree)], filled }
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

export function placed(problems: readonly Problem[], tree: Tree): PlacedProblem[] {
  return problems.map(({ path, message, atKey }) => ({ path, message, position: tree.positionOf(path, atKey) }))
}

const EMPTY = 'is empty; write "modules: {NAME: {prober: http}}"'
const moduleFileSchema = z.strictObject({ modules: z.record(z.string(), z.unknown()) })

function readModuleFile({ file, read }: ModuleFile, environment: Environment): Part {
  const start = { file, line: 1, column: 1 }
  if (!read.ok) return { tree: undefined, problems: [{ position: start, path: [], message: read.message }], filled: [] }
  const part = readPart(read.text, file, environment)
  if (part.tree === undefined || part.problems.length > 0) return part
  if (part.tree.value === undefined) return { ...part, problems: [{ position: start, path: [], message: EMPTY }] }
  const parsed = moduleFileSchema.safeParse(part.tree.value)
  if (parsed.success) return part
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, moduleFileSchema, part.tree?.value))
  return { ...part, problems: placed(problems, part.tree) }
}

/** What is no text is told by the schema. */
function entriesOfList({ value }: Tree): string[] {
  const list = new Map(entriesOf(value)).get('module_files')
  return Array.isArray(list) ? list.map((entry) => (typeof entry === 'string' ? entry : '')) : []
}

function listProblemsOf(
  { problems }: ModuleFiles,
  tree: Tree,
  filled: readonly Filled[],
): (PlacedProblem & { readonly kind: 'error' | 'warning' })[] {
  return problems.map(({ kind, entry, message }) => {
    const path = ['module_files', entry]
    const [problem] = withoutValues([{ path, message }], filled)
    return { kind, path, message: problem?.message ?? message, position: tree.positionOf(path) }
  })
}

/** To be shown: modules of all files, so that the list of files would name them twice. */
export function shownValue({ tree, filled }: Sources): unknown {
  const value = asWritten(tree?.value, filled)
  if (typeof value !== 'object' || value === null || !('module_files' in value)) return value
  const { module_files: _, ...rest } = value
  return rest
}
