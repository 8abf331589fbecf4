/** Targets in files, from all sources that the configuration names. */
import type { FileSource } from '../../config/schema.ts'
import type { Finder } from '../finder.ts'
import { type Found, joinFound } from '../found.ts'
import type { Journal } from '../journal.ts'
import type { Modules } from '../target.ts'
import { type FileWatch, type FileWatchParts, startFileWatch } from './file-watch.ts'
import { type Group, groupTargets } from './groups.ts'

export interface FileParts extends Pick<FileWatchParts, 'clock' | 'onChange' | 'onBug'> {
  readonly journal: Journal
}

const SOURCE = 'file'

interface Source {
  readonly source: FileSource
  readonly watch: FileWatch
  /** Of each group as long as its file stays what it is. */
  readonly known: WeakMap<Group, Found>
}

export function createFileFinder(parts: FileParts): Finder {
  const { journal } = parts
  let modules: Modules = new Map()
  let sources: readonly Source[] = []
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

  function configure({ discovery, modules: next }: Parameters<Finder['configure']>[0]): void {
    modules = next
    const before = new Map(sources.map(({ source, watch }) => [keyOf(source), watch]))
    const started = new Map<string, FileWatch>()
    sources = discovery.files.map((source) => {
      const key = keyOf(source)
      const watch = started.get(key) ?? before.get(key) ?? start(source)
      started.set(key, watch)
      return { source, watch, known: new WeakMap() }
    })
    for (const [key, watch] of before) if (!started.has(key)) stop(watch)
  }

  return {
    configure,
    found: () => sources.map((source) => ({ source: SOURCE, found: foundIn(source, modules) })),
    health: () =>
      sources.map(({ watch }) => ({
        source: SOURCE,
        isSynced: watch.isSynced(),
        lastHeardSeconds: watch.lastReadSeconds(),
      })),
    async [Symbol.asyncDispose]() {
      configure({ discovery: { files: [], kubernetes: [] }, modules: new Map() })
      await Promise.all(ending)
    },
  }
}

function foundIn({ source, watch, known }: Source, modules: Modules): Found {
  return joinFound(
    watch.groups().map((group) => {
      const made = known.get(group) ?? groupTargets(group, source.defaults, modules)
      known.set(group, made)
      return made
    }),
  )
}

/** What it takes to read them; how they are probed may change meanwhile. */
function keyOf({ files, configFile, refreshSeconds }: FileSource): string {
  return JSON.stringify([files, configFile, refreshSeconds])
}
