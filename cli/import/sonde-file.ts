/** The text of a sonde.yml: modules as they were written, and targets and lists by the job that had them. */
import { relative } from 'node:path'
import { Document, isSeq } from 'yaml'
import type { ImportedJob, ImportedLists } from './imported-targets.ts'
import { type ModulesFile, modulesText } from './modules.ts'

/** `folder`: that of the file. */
export function sondeFile(
  modulesFiles: readonly ModulesFile[],
  jobs: readonly ImportedJob[],
  lists: readonly ImportedLists[],
  folder: string,
): string {
  const parts = [modulesText(modulesFiles, folder), targetsText(jobs), listsText(lists, folder)]
  return `${parts
    .map((part) => part.trimEnd())
    .filter((part) => part !== '')
    .join('\n\n')}\n`
}

function targetsText(jobs: readonly ImportedJob[]): string {
  if (jobs.length === 0) return ''
  const document = new Document({ targets: jobs.flatMap(({ targets }) => targets) }, { aliasDuplicateObjects: false })
  let first = 0
  const firsts = jobs.map(({ name, targets }) => {
    const at = first
    first += targets.length
    return [at, name] as const
  })
  nameJobs(document, ['targets'], firsts)
  return document.toString({ lineWidth: 0 })
}

function listsText(lists: readonly ImportedLists[], folder: string): string {
  if (lists.length === 0) return ''
  const sources = lists.map(({ files, module, interval }) => ({
    files: files.map(({ pattern, isAbsolute }) => (isAbsolute ? pattern : relative(folder, pattern))),
    module,
    interval,
  }))
  const document = new Document({ discovery: { files: sources } }, { aliasDuplicateObjects: false })
  nameJobs(
    document,
    ['discovery', 'files'],
    lists.map(({ name }, index) => [index, name]),
  )
  return document.toString({ lineWidth: 0 })
}

/** `firsts`: where the items of a job begin. */
function nameJobs(document: Document, path: readonly string[], firsts: readonly (readonly [number, string])[]): void {
  const list = document.getIn(path)
  for (const [first, name] of firsts) {
    const node = isSeq(list) ? list.items[first] : undefined
    if (typeof node === 'object' && node !== null)
      Object.assign(node, { commentBefore: ` job ${JSON.stringify(name)}`, spaceBefore: first > 0 })
  }
}
