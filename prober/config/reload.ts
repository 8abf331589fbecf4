import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { readConfig } from './config-text.ts'
import type { Environment } from './environment.ts'
import type { Loaded } from './load.ts'
import { readModuleFiles } from './module-files.ts'
import type { Config } from './schema.ts'
import type { ModuleFilesSeen } from './sources.ts'
import type { Read, ReadInput } from './read-here.ts'
import { ReaderTooLarge } from './reader.ts'

export interface ReloadStatus {
  readonly successful: boolean
  /** Unix time of the last successful load. */
  readonly successAtSeconds: number
}

/** Holds the running configuration; a reload replaces it whole or not at all. Disposed, it changes no more. */
export interface ConfigStore extends Disposable {
  current(): Config
  status(): ReloadStatus
  /** Reloads that come while one runs share the one after it; an unchanged file counts as success. */
  reload(): Promise<Loaded>
  /** Called after each successful change. */
  onChange(listener: (config: Config) => void): void
  /** Looks at the file's content every so often and reloads when it changed; dispose to end. */
  watch(intervalSeconds: number, onOutcome: (loaded: Loaded) => void): Disposable
}

export type OpenedConfigStore =
  | { readonly ok: true; readonly store: ConfigStore }
  | { readonly ok: false; readonly errors: readonly string[] }

/** What is read, and how. */
interface Reading extends Pick<ReadInput, 'file' | 'environment'> {
  readonly read: Read
}

/** `environment`: what placeholders in the file stand for. */
export async function openConfigStore(
  file: string,
  environment: Environment = {},
  read: Read = readHere,
): Promise<OpenedConfigStore> {
  const reading = { file, environment, read }
  const { loaded, seen } = await readNow(reading)
  return loaded.ok ? { ok: true, store: createStore(reading, loaded.config, seen) } : loaded
}

/** Loaded only by whom reads here. */
const readHere: Read = async (...args) => (await import('./read-here.ts')).readHere(...args)

function createStore(reading: Reading, initial: Config, initialSeen: Seen): ConfigStore {
  const { file } = reading
  const listeners: ((config: Config) => void)[] = []
  let config = initial
  let status: ReloadStatus = { successful: true, successAtSeconds: Date.now() / 1000 }
  /** What the running configuration came from. */
  let runningSeen = initialSeen
  /** What was tried last, good or bad. */
  let triedSeen = initialSeen
  let running: Promise<Loaded> | undefined
  let queued: Promise<Loaded> | undefined
  const ended = new AbortController()

  const load = async (): Promise<Loaded> => {
    const { loaded, seen } = await readNow(reading, { seen: runningSeen, config, ended: ended.signal })
    triedSeen = seen
    status = loaded.ok
      ? { successful: true, successAtSeconds: Date.now() / 1000 }
      : { successful: false, successAtSeconds: status.successAtSeconds }
    if (!loaded.ok || loaded.config === config || ended.signal.aborted) return loaded
    config = loaded.config
    runningSeen = seen
    for (const listener of listeners) listener(config)
    return loaded
  }
  const reload = (): Promise<Loaded> => {
    if (running === undefined) {
      running = load().finally(() => (running = undefined))
      return running
    }
    // The file may have changed since the running one read it: one more look, shared by all who ask meanwhile.
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined
        return reload()
      })
    return queued
  }
  return {
    current: () => config,
    status: () => status,
    reload,
    onChange: (listener) => {
      listeners.push(listener)
    },
    watch: (intervalSeconds, onOutcome) =>
      repeat(intervalSeconds, async (ended) => {
        if (!(await hasChanged(file, triedSeen)) || ended()) return
        const loaded = await reload()
        if (!ended()) onOutcome(loaded)
      }),
    [Symbol.dispose]: () => ended.abort(),
  }
}

/** By content, not by time stamps: a ConfigMap is swapped by a symbolic link, and an editor may write the same again. */
interface Seen {
  readonly main: string
  readonly moduleFiles: ModuleFilesSeen
}

const UNREADABLE: Seen = { main: 'unreadable', moduleFiles: { entries: [], digest: '', characters: 0 } }

interface Known {
  readonly seen: Seen
  readonly config: Config
  /** Ends the reading, where it can be ended. */
  readonly ended: AbortSignal
}

/** Reads and parses the files, except when their content is what `known` came from. */
async function readNow(
  { file, environment, read }: Reading,
  known?: Known,
): Promise<{ readonly loaded: Loaded; readonly seen: Seen }> {
  const text = await readConfig(file)
  if (!text.ok) return { loaded: { ok: false, errors: text.errors }, seen: UNREADABLE }
  const main = sha256(text.text)
  if (known !== undefined && main === known.seen.main && (await hasSameModuleFiles(file, known.seen))) {
    return { loaded: { ok: true, config: known.config }, seen: known.seen }
  }
  try {
    const input = { text: text.text, file, environment }
    const { loaded, moduleFiles } = await read(input, known?.config.targets, known?.ended)
    return { loaded, seen: { main, moduleFiles } }
  } catch (thrown) {
    const why = known?.ended.aborted ? 'was not read: the prober has ended' : brokeOff(thrown)
    // The same file would break off again: a watcher tries it once.
    const none = await readModuleFiles([], dirname(file), file)
    const seen = { main, moduleFiles: { entries: [], digest: none.digest, characters: 0 } }
    return { loaded: { ok: false, errors: [`${file}:1:1: file: ${why}`] }, seen }
  }
}

/** It must not end a prober that runs: neither a file that is too much for us, nor our own bug in reading it. */
function brokeOff(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (error instanceof ReaderTooLarge)
    return 'takes more memory to read than there is; write less, or allow more with NODE_OPTIONS=--max-old-space-size=4096'
  return `could not be read by a bug of ours; please report it: ${error.stack}`
}

async function hasChanged(file: string, seen: Seen): Promise<boolean> {
  const text = await readConfig(file)
  if (!text.ok) return seen !== UNREADABLE
  return sha256(text.text) !== seen.main || !(await hasSameModuleFiles(file, seen))
}

/** The list of files is in the file itself: as long as that is the same, so is the list. */
async function hasSameModuleFiles(file: string, { moduleFiles }: Seen): Promise<boolean> {
  const { entries, digest } = moduleFiles
  return (await readModuleFiles(entries, dirname(file), file)).digest === digest
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The next run begins an interval after the last one ended; the timer does not keep the process alive. */
function repeat(intervalSeconds: number, run: (ended: () => boolean) => Promise<void>): Disposable {
  let disposed = false
  let timer: NodeJS.Timeout | undefined
  const schedule = () => {
    timer = setTimeout(async () => {
      await run(() => disposed)
      if (!disposed) schedule()
    }, intervalSeconds * 1000).unref()
  }
  schedule()
  return {
    [Symbol.dispose]() {
      disposed = true
      clearTimeout(timer)
    },
  }
}
