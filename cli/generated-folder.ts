/** Files that were generated into a folder: which are not as they should be, and how they come there, all or none. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { GeneratedFile } from '../monitoring/files.ts'

export interface Difference {
  /** Missing, or with another content. */
  readonly stale: readonly GeneratedFile[]
  /** Made by us, and not wanted any more. */
  readonly leftover: readonly string[]
  /** Of those that are stale: where somebody's own file stands. */
  readonly foreign: readonly string[]
}

/** `mark`: the first line of what may be replaced or taken away; a file of the same name that somebody wrote stays. */
export async function differenceOf(
  folder: string,
  files: readonly GeneratedFile[],
  everMade: readonly string[] = [],
  mark = '',
): Promise<Difference> {
  const stale: GeneratedFile[] = []
  const foreign: string[] = []
  for (const file of files) {
    const there = await readIfThere(join(folder, file.path))
    if (there === file.content) continue
    stale.push(file)
    if (there !== undefined && file.content.startsWith(mark) && !there.startsWith(mark)) foreign.push(file.path)
  }
  const leftover: string[] = []
  for (const path of everMade) {
    if (files.some((file) => file.path === path)) continue
    if ((await readIfThere(join(folder, path)))?.startsWith(mark) === true) leftover.push(path)
  }
  return { stale, leftover, foreign }
}

/** First all of it beside its place, then there: a full disk in the middle leaves what was. */
export async function writeDifference(folder: string, { stale, leftover }: Omit<Difference, 'foreign'>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const workshop = await mkdtemp(join(folder, '.sonde-'))
  try {
    for (const { path, content } of stale) {
      await mkdir(dirname(join(workshop, path)), { recursive: true })
      await writeFile(join(workshop, path), content)
    }
    for (const { path } of stale) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await rename(join(workshop, path), join(folder, path))
    }
    for (const path of leftover) await rm(join(folder, path))
  } finally {
    await rm(workshop, { recursive: true, force: true })
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
