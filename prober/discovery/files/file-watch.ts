/** The files of one source, looked at every so often: by content, since a ConfigMap is swapped by a symbolic link. */
import { hash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { readBoundedFile } from '../../config/bounded-file.ts'
import { listModuleFiles } from '../../config/module-files.ts'
import type { FileSource } from '../../config/schema.ts'
import type { Clock } from '../../schedule/clock.ts'
import { type SourceFailure, sourceFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import { type Group, isJsonFile, largestBytes, readGroups } from './groups.ts'

export interface FileWatchParts {
  readonly clock: Clock
  readonly onChange: () => void
  /** `file`: a path, or the pattern that there is no file for. */
  readonly onFailure: (file: string, failure: SourceFailure) => void
  readonly onRead: (file: string) => void
  readonly onNone: (pattern: string) => void
  readonly onBug: (error: unknown) => void
}

export interface FileWatch {
  /** Of all files, in their order; of one that has broken, what it last had. */
  groups(): readonly Group[]
  isSynced(): boolean
  /** Unix time of the last look at which all was well; undefined: none yet. */
  lastReadSeconds(): number | undefined
  stop(): Promise<void>
}

interface KnownFile {
  readonly digest: string
  readonly bytes: number
  readonly groups: readonly Group[]
}

/** Of all files of a source: a pattern may name a thousand. */
const LARGEST_SOURCE_BYTES = 64 * 2 ** 20
const TOO_MUCH = sourceFailure(
  'too_large',
  `all files of the source together are larger than ${LARGEST_SOURCE_BYTES / 2 ** 20} MiB; name fewer`,
)

export function startFileWatch(source: FileSource, parts: FileWatchParts): FileWatch {
  const { clock } = parts
  const stopped = new AbortController()
  let known: ReadonlyMap<string, KnownFile> = new Map()
  let isSynced = false
  let lastReadSeconds: number | undefined

  async function look(): Promise<void> {
    const { files, isComplete: isListed } = await listFiles(source, (path) => known.has(path), parts)
    const read = new Map<string, KnownFile>()
    let isComplete = isListed
    let bytes = 0
    for (const file of files) {
      const before = known.get(file)
      const now = bytes > LARGEST_SOURCE_BYTES ? TOO_MUCH : await readKnown(file, before, stopped.signal)
      if (stopped.signal.aborted) return
      bytes += 'ok' in now ? (before?.bytes ?? 0) : now.bytes
      const failure = 'ok' in now ? now : bytes > LARGEST_SOURCE_BYTES ? TOO_MUCH : undefined
      if (failure === undefined) parts.onRead(file)
      else {
        isComplete = false
        parts.onFailure(file, failure)
      }
      const kept = failure !== undefined || 'ok' in now ? before : now
      if (kept !== undefined) read.set(file, kept)
    }
    isSynced = isComplete
    if (isComplete) lastReadSeconds = clock.wallSeconds()
    const isSame = read.size === known.size && [...read].every(([file, now]) => known.get(file) === now)
    known = read
    if (!isSame) parts.onChange()
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look()
      await pause(clock, source.refreshSeconds, stopped.signal)
    }
  }
  const running = run().catch((error: unknown) => void (stopped.signal.aborted || parts.onBug(error)))
  return {
    groups: () => [...known.values()].flatMap(({ groups }) => groups),
    isSynced: () => isSynced,
    lastReadSeconds: () => lastReadSeconds,
    stop() {
      stopped.abort()
      return running
    },
  }
}

interface Listed {
  readonly files: readonly string[]
  /** Nothing that is named was missing. */
  readonly isComplete: boolean
}

/** What is known and cannot be looked at for the moment is still there. */
async function listFiles(
  { files: entries, configFile }: FileSource,
  isKnown: (path: string) => boolean,
  { onFailure, onNone }: FileWatchParts,
): Promise<Listed> {
  const folder = dirname(configFile)
  const files: string[] = []
  let isComplete = true
  for (const each of await listModuleFiles(entries, folder, configFile)) {
    const entry = entries[each.entry] ?? ''
    if (each.kind === 'file') files.push(each.file)
    else if (each.kind === 'warning') onNone(entry)
    else {
      isComplete = false
      const path = isAbsolute(entry) ? entry : join(folder, entry)
      if (isKnown(path) && !(await isGone(path))) files.push(path)
      onFailure(entry, sourceFailure('file_unreadable', each.message))
    }
  }
  return { files, isComplete }
}

async function isGone(path: string): Promise<boolean> {
  return await access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

/** The same value as before when the content is. */
async function readKnown(
  file: string,
  before: KnownFile | undefined,
  signal: AbortSignal,
): Promise<KnownFile | SourceFailure> {
  const text = await readBoundedFile(file, largestBytes(file), signal).catch((error: unknown) =>
    sourceFailure('file_unreadable', error instanceof Error ? error.message : String(error)),
  )
  if ('ok' in text) return text
  const digest = hash('sha256', text)
  if (digest === before?.digest) return before
  const groups = readGroups(text.toString('utf8'), isJsonFile(file))
  return groups.ok
    ? { digest, bytes: text.length, groups: groups.value }
    : sourceFailure('file_invalid', groups.message)
}
