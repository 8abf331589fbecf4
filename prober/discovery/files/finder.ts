/** Targets in files, from all sources that the configuration names. */
import type { FileSource } from '../../config/schema.ts'
import type { Finder } from '../finder.ts'
import type { Journal } from '../journal.ts'
import type { Modules } from '../target.ts'
import { type FileWatch, type FileWatchParts, startFileWatch } from './file-watch.ts'
import { groupTargets } from './groups.ts'

export interface FileParts extends Pick<FileWatchParts, 'clock' | 'onChange' | 'onBug'> {
  readonly journal: Journal
}

const SOURCE = 'file'

export function createFileFinder(parts: FileParts): Finder {
  const { journal } = parts
  let modules: Modules = new Map()
  let sources: readonly { readonly source: FileSource; readonly watch: FileWatch }[] = []
  const ending = new Set<Promise<void>>()

  function start(source: FileSource): FileWatch {
    return startFileWatch(source, {
      ...parts,
      onFailure: (file, failure) => journal.failed(SOURCE, file, failure),
      onRead: (file) => journal.worked(SOURCE, file),
      onNone: (pattern) => journal.absent(SOURCE, pattern, 'There is no such file: looked for again'),
    })
  }

  function stop(watch: FileWatch): void {
    const end = watch.stop()
    ending.add(end)
    void end.finally(() => ending.delete(end))
  }

  return {
    configure({ discovery, modules: next }) {
      modules = next
      const before = new Map(sources.map(({ source, watch }) => [keyOf(source), watch]))
      const started = new Map<string, FileWatch>()
      sources = discovery.files.map((source) => {
        const key = keyOf(source)
        const watch = started.get(key) ?? before.get(key) ?? start(source)
        started.set(key, watch)
        return { source, watch }
      })
      for (const [key, watch] of before) if (!started.has(key)) stop(watch)
    },
    found: () =>
      sources.map(({ source, watch }) => ({
        source: SOURCE,
        found: groupTargets(watch.groups(), source.defaults, modules),
      })),
    health: () =>
      sources.map(({ watch }) => ({
        source: SOURCE,
        isSynced: watch.isSynced(),
        lastHeardSeconds: watch.lastReadSeconds(),
      })),
    async [Symbol.asyncDispose]() {
      this.configure({ discovery: { files: [], kubernetes: [] }, modules: new Map() })
      await Promise.all(ending)
    },
  }
}

/** What it takes to read them; how they are probed may change meanwhile. */
function keyOf({ files, configFile, refreshSeconds }: FileSource): string {
  return JSON.stringify([files, configFile, refreshSeconds])
}
