/** The text of a sonde.yml: modules as they were written, and targets by the job that had them. */
import { Document, isSeq } from 'yaml'
import type { ImportedJob } from './imported-targets.ts'
import { type ModulesFile, modulesText } from './modules.ts'

/** `folder`: that of the file. */
export function sondeFile(modulesFiles: readonly ModulesFile[], jobs: readonly ImportedJob[], folder: string): string {
  const modules = modulesText(modulesFiles, folder)
  const targets = targetsText(jobs)
  return `${[modules.trimEnd(), targets.trimEnd()].filter((part) => part !== '').join('\n\n')}\n`
}

function targetsText(jobs: readonly ImportedJob[]): string {
  if (jobs.length === 0) return ''
  const document = new Document({ targets: jobs.flatMap(({ targets }) => targets) }, { aliasDuplicateObjects: false })
  const list = document.get('targets')
  let first = 0
  for (const { name, targets } of jobs) {
    const node = isSeq(list) ? list.items[first] : undefined
    if (typeof node === 'object' && node !== null)
      Object.assign(node, { commentBefore: ` job ${JSON.stringify(name)}`, spaceBefore: first > 0 })
    first += targets.length
  }
  return document.toString({ lineWidth: 0 })
}
