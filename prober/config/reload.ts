import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { readConfig } from './config-text.ts'
import type { Environment } from './environment.ts'
import { configFrom, type Loaded } from './load.ts'
import { readModuleFiles } from './module-files.ts'
import type { Config } from './schema.ts'
import { type ModuleFilesSeen, readSources } from './sources.ts'
import { type ReadInThread, readInThread, type ThreadInput } from './thread.ts'

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

/** `environment`: what placeholders in the file stand for. */
export async function openConfigStore(file: string, environment: Environment = {}): Promise<OpenedConfigStore> {
  const { loaded, seen } = await readNow(file, environment)
  return loaded.ok ? { ok: true, store: createStore(file, environment, loaded.config, seen) } : loaded
}

function createStore(file: string, environment: Environment, initial: Config, initialSeen: Seen): ConfigStore {
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
    const { loaded, seen } = await readNow(file, environment, { seen: runningSeen, config, ended: ended.signal })
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
  /** Ends what is read in a thread. */
  readonly ended: AbortSignal
}

/** Reads and parses the files, except when their content is what `known` came from. */
async function readNow(
  file: string,
  environment: Environment,
  known?: Known,
): Promise<{ readonly loaded: Loaded; readonly seen: Seen }> {
  const read = await readConfig(file)
  if (!read.ok) return { loaded: { ok: false, errors: read.errors }, seen: UNREADABLE }
  const main = sha256(read.text)
  if (known !== undefined && main === known.seen.main && (await hasSameModuleFiles(file, known.seen))) {
    return { loaded: { ok: true, config: known.config }, seen: known.seen }
  }
  try {
    const { loaded, moduleFiles } = await readText({ text: read.text, file, environment }, known)
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
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'takes more memory to read than there is; write less, or allow more with NODE_OPTIONS=--max-old-space-size=4096'
  return `could not be read by a bug of ours; please report it: ${error.stack}`
}

/**
 * What is read here holds every probe up: some 150 targets for 50 ms. Nothing is probed yet at the first load, and a thread
 * takes 0.3 s to begin and leaves 25 MiB behind; but to show thousands of targets takes long later on, too.
 */
const LONGEST_FIRST_READ_HERE = 262_144
const LONGEST_RELOAD_HERE = 16_384

async function readText(input: ThreadInput, known: Known | undefined): Promise<ReadInThread> {
  const longest = known === undefined ? LONGEST_FIRST_READ_HERE : LONGEST_RELOAD_HERE
  // The module files as they were: their list may have changed, their size seldom has.
  const characters = input.text.length + (known?.seen.moduleFiles.characters ?? 0)
  if (characters > longest) return await readInThread(input, known?.config.targets, known?.ended)
  const sources = await readSources(input.text, input.file, input.environment)
  return { loaded: await configFrom(sources), moduleFiles: sources.moduleFiles }
}

async function hasChanged(file: string, seen: Seen): Promise<boolean> {
  const read = await readConfig(file)
  if (!read.ok) return seen !== UNREADABLE
  return sha256(read.text) !== seen.main || !(await hasSameModuleFiles(file, seen))
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
