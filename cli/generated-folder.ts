/** Files that were generated into a folder: which are not as they should be, and how they come there, all or none. */
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { GeneratedFile } from '../monitoring/files.ts'

export interface Difference {
  /** Missing, or with another content. */
  readonly stale: readonly GeneratedFile[]
  /** Made by us, and not wanted any more. */
  readonly leftover: readonly string[]
  /** Of those that are stale: where nothing stands. */
  readonly missing: readonly string[]
  /** Of those that are stale: where somebody's own file stands. */
  readonly foreign: readonly string[]
}

/** Whether it may be replaced or taken away: a file of the same name that somebody wrote stays. */
export type IsOurs = (path: string, text: string) => boolean

export async function differenceOf(
  folder: string,
  files: readonly GeneratedFile[],
  everMade: readonly string[],
  isOurs: IsOurs,
): Promise<Difference> {
  const stale: GeneratedFile[] = []
  const missing: string[] = []
  const foreign: string[] = []
  for (const file of files) {
    const there = await readIfThere(join(folder, file.path))
    if (there === file.content) continue
    stale.push(file)
    if (there === undefined) missing.push(file.path)
    else if (!isOurs(file.path, there)) foreign.push(file.path)
  }
  const leftover: string[] = []
  for (const path of everMade) {
    if (files.some((file) => file.path === path)) continue
    const there = await readIfThere(join(folder, path))
    if (there !== undefined && isOurs(path, there)) leftover.push(path)
  }
  return { stale, leftover, missing, foreign }
}

/** First all of it beside its place, then there: a full disk in the middle leaves what was. */
export async function writeDifference(
  folder: string,
  { stale, leftover }: Pick<Difference, 'stale' | 'leftover'>,
): Promise<void> {
  await makeFolder(folder)
  const workshop = await mkdtemp(join(folder, '.sonde-'))
  try {
    for (const { path, content } of stale) {
      await mkdir(dirname(join(workshop, path)), { recursive: true })
      await writeFile(join(workshop, path), content)
    }
    for (const { path } of stale) {
      await makeFolder(dirname(join(folder, path)))
      await rename(join(workshop, path), join(folder, path))
    }
    for (const path of leftover) await rm(join(folder, path))
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

/** With those above it. Node's own `recursive` never ends where none can be made in one that is there, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = []
  for (let at = resolve(folder); !(await isThere(at)); at = dirname(at)) missing.unshift(at)
  for (const each of missing) {
    await mkdir(each).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false
    throw thrown
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
