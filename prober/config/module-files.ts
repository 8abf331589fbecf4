/** `module_files:`: which files it means, and what they hold. */
import { createHash } from 'node:crypto'
import { glob, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { readConfig } from './config-text.ts'

/** Far more than a team has; a pattern may go astray. */
const MOST_FILES = 1000
/** Of all together. */
const MOST_CHARACTERS = 64 * 2 ** 20

/** A file, or why an entry of the list gives none. */
export type Listed =
  | { readonly kind: 'file'; readonly entry: number; readonly file: string }
  | { readonly kind: 'error' | 'warning'; readonly entry: number; readonly message: string }

/** In the order of the list, within an entry by name; each file once, and never `main` itself. */
export async function listModuleFiles(entries: readonly string[], folder: string, main: string): Promise<Listed[]> {
  const seen = new Set([await realFile(main)])
  const listed: Listed[] = []
  for (const [entry, text] of entries.entries()) {
    if (text === '') continue
    const found = await filesOf(text, folder)
    if (typeof found === 'string') listed.push({ kind: 'error', entry, message: found })
    else if (found.length === 0) listed.push({ kind: 'warning', entry, message: NO_FILE })
    else if (found.length + listed.length > MOST_FILES) {
      return [...listed, { kind: 'error', entry, message: `names more than ${MOST_FILES} files; name fewer` }]
    } else
      for (const file of found) {
        const real = await realFile(file)
        if (seen.has(real)) continue
        seen.add(real)
        listed.push({ kind: 'file', entry, file })
      }
  }
  return listed
}

/** Behind all links: a mounted ConfigMap shows each of its files under three paths. */
async function realFile(file: string): Promise<string> {
  return await realpath(file).catch(() => resolve(file))
}

const NO_FILE = "names no file today; check the path, which starts from this file's folder"

/** A text: why there are none. */
async function filesOf(text: string, folder: string): Promise<readonly string[] | string> {
  const path = isAbsolute(text) ? text : join(folder, text)
  const kind = await kindOf(path)
  if (kind === 'folder') return await yamlFilesIn(path)
  // A file that is there is meant, also when its name looks like a pattern.
  if (kind === 'file') return [path]
  if (!/[*?[{]/.test(text)) return `${resolve(path)} ${kind}; check the path, which starts from this file's folder`
  return await matching(path)
}

async function kindOf(path: string): Promise<'file' | 'folder' | string> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (thrown) {
    const code = codeOf(thrown)
    return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
  }
}

async function yamlFilesIn(folder: string): Promise<readonly string[] | string> {
  try {
    const names = await readdir(folder)
    const paths = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).map((name) => join(folder, name))
    return await regularFiles(paths.sort())
  } catch (thrown) {
    return `${resolve(folder)} cannot be read (${codeOf(thrown)}); check its permissions`
  }
}

async function matching(pattern: string): Promise<readonly string[]> {
  const paths: string[] = []
  for await (const path of glob(pattern)) {
    paths.push(path)
    if (paths.length > MOST_FILES) break
  }
  return await regularFiles(paths.sort())
}

/** Whoever names a pipe by its path means it; a pattern that meets one does not. */
async function regularFiles(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = []
  // What is not there (a link that leads nowhere) stays: reading it says so.
  for (const path of paths) if ((await stat(path).catch(() => undefined))?.isFile() !== false) files.push(path)
  return files
}

function codeOf(thrown: unknown): unknown {
  if (thrown instanceof Error && 'code' in thrown) return thrown.code
  throw thrown
}

export interface ModuleFile {
  readonly entry: number
  readonly file: string
  readonly read: Awaited<ReturnType<typeof readConfig>>
}

export interface ModuleFiles {
  readonly files: readonly ModuleFile[]
  readonly problems: readonly Exclude<Listed, { readonly kind: 'file' }>[]
  /** Of names and contents: equal as long as nothing changes. */
  readonly digest: string
  /** Of all contents. */
  readonly characters: number
}

export async function readModuleFiles(entries: readonly string[], folder: string, main: string): Promise<ModuleFiles> {
  const files: ModuleFile[] = []
  const problems: Exclude<Listed, { readonly kind: 'file' }>[] = []
  let characters = 0
  for (const listed of await listModuleFiles(entries, folder, main)) {
    if (listed.kind !== 'file') problems.push(listed)
    else if (characters <= MOST_CHARACTERS) {
      const read = await readConfig(listed.file, 'check its permissions')
      files.push({ entry: listed.entry, file: listed.file, read })
      characters += read.ok ? read.text.length : 0
      if (characters > MOST_CHARACTERS) problems.push({ kind: 'error', entry: listed.entry, message: TOO_MUCH })
    }
  }
  return { files, problems, digest: digestOf(files, problems), characters }
}

const TOO_MUCH = `all files together are larger than ${MOST_CHARACTERS / 2 ** 20} MiB; name fewer`

function digestOf(files: readonly ModuleFile[], problems: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(problems))
  for (const { file, read } of files) hash.update(JSON.stringify([file, read]))
  return hash.digest('hex')
}
