// PROVISIONAL signatures
import type { Config } from './schema.ts'

/** Errors: one line each, `file:line:col: path: what was found; what to write`, all that the file has. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] }
export declare function loadConfig(file: string): Promise<Loaded>
/** `file` only names the place in messages and is the folder that relative paths start from. */
export declare function parseConfig(text: string, file: string): Promise<Loaded>
