/** `sonde generate [--check]`: writes what is made from code, or says which of it is stale. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { configDocument, configJsonSchemaText } from '../prober/config/document.ts'
import { metricsDocument } from '../prober/metrics/document.ts'

export interface Generator {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly content: () => string | Promise<string>
}

export const GENERATORS: readonly Generator[] = [
  { path: 'sonde.schema.json', content: configJsonSchemaText },
  { path: 'docs/configuration.md', content: configDocument },
  { path: 'docs/metrics.md', content: metricsDocument },
]

export interface GenerateOptions {
  readonly generators?: readonly Generator[]
  readonly root?: string
  readonly say: (line: string) => void
}

/** Returns the exit code: 1 when `--check` found something stale, or for an argument that it does not know. */
export async function generate(args: readonly string[], options: GenerateOptions): Promise<number> {
  const { generators = GENERATORS, root = resolve(import.meta.dirname, '..'), say } = options
  const unknown = args.find((argument) => argument !== '--check')
  if (unknown !== undefined) {
    say(
      `sonde generate: unknown argument ${JSON.stringify(unknown)}; write "sonde generate" or "sonde generate --check"`,
    )
    return 1
  }
  const stale = await staleOf(generators, root)
  if (args.includes('--check')) return check(stale, say)
  for (const { path, content } of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
    say(`wrote ${path}`)
  }
  if (stale.length === 0) say('everything generated is up to date')
  return 0
}

interface Output {
  readonly path: string
  readonly content: string
}

async function staleOf(generators: readonly Generator[], root: string): Promise<Output[]> {
  const stale: Output[] = []
  for (const { path, content } of generators) {
    const wanted = await content()
    if (wanted !== (await readIfThere(join(root, path)))) stale.push({ path, content: wanted })
  }
  return stale
}

function check(stale: readonly Output[], say: (line: string) => void): number {
  for (const { path } of stale) say(`${path} is stale: run "npm run generate" and commit it`)
  return stale.length === 0 ? 0 : 1
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
