import { createHash } from 'node:crypto'
import { readConfig } from './config-text.ts'
import { type Loaded, parseConfig } from './load.ts'
import type { Config } from './schema.ts'

export interface ReloadStatus {
  readonly successful: boolean
  /** Unix time of the last successful load. */
  readonly successAtSeconds: number
}

/** Holds the running configuration; a reload replaces it whole or not at all. */
export interface ConfigStore {
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

export async function openConfigStore(file: string): Promise<OpenedConfigStore> {
  const first = await readOnce(file)
  return first.loaded.ok ? { ok: true, store: createStore(file, first.loaded.config, first.digest) } : first.loaded
}

function createStore(file: string, initial: Config, initialDigest: string): ConfigStore {
  const listeners: ((config: Config) => void)[] = []
  let config = initial
  let status: ReloadStatus = { successful: true, successAtSeconds: Date.now() / 1000 }
  let runningDigest = initialDigest
  /** Of the content that was tried last, good or bad. */
  let triedDigest = initialDigest
  let running: Promise<Loaded> | undefined
  let queued: Promise<Loaded> | undefined

  const load = async (): Promise<Loaded> => {
    const { loaded, digest } = await readOnce(file, { digest: runningDigest, config })
    triedDigest = digest
    status = loaded.ok
      ? { successful: true, successAtSeconds: Date.now() / 1000 }
      : { successful: false, successAtSeconds: status.successAtSeconds }
    if (!loaded.ok || loaded.config === config) return loaded
    config = loaded.config
    runningDigest = digest
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
        if ((await digestOf(file)) === triedDigest || ended()) return
        const loaded = await reload()
        if (!ended()) onOutcome(loaded)
      }),
  }
}

/** Reads and parses the file, except when its content is what `known` came from. */
async function readOnce(
  file: string,
  known?: { readonly digest: string; readonly config: Config },
): Promise<{ readonly loaded: Loaded; readonly digest: string }> {
  const read = await readConfig(file)
  const digest = read.ok ? sha256(read.text) : UNREADABLE
  if (!read.ok) return { loaded: read, digest }
  if (digest === known?.digest) return { loaded: { ok: true, config: known.config }, digest }
  return { loaded: await parseConfig(read.text, file), digest }
}

const UNREADABLE = 'unreadable'

/** By content, not by time stamps: a ConfigMap is swapped by a symbolic link, and an editor may write the same again. */
async function digestOf(file: string): Promise<string> {
  const read = await readConfig(file)
  return read.ok ? sha256(read.text) : UNREADABLE
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
