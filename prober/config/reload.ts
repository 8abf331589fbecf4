// PROVISIONAL signatures
import type { Loaded } from './load.ts'
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
  /** Reloads that come while one runs share its outcome or queue behind it; an unchanged file counts as success. */
  reload(): Promise<Loaded>
  /** Called after each successful change. */
  onChange(listener: (config: Config) => void): void
  /** Looks at the file's content every so often and reloads when it changed; dispose to end. */
  watch(intervalSeconds: number, onOutcome: (loaded: Loaded) => void): Disposable
}
export declare function openConfigStore(
  file: string,
): Promise<
  { readonly ok: true; readonly store: ConfigStore } | { readonly ok: false; readonly errors: readonly string[] }
>
