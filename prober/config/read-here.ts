/** A configuration read in this process, which loads the parsers for it. */
import type { Environment } from './environment.ts'
import { configFrom, type Loaded } from './load.ts'
import type { Target } from './schema.ts'
import { type ModuleFilesSeen, readSources } from './sources.ts'

export interface ReadInput {
  readonly text: string
  /** Names the place in messages, and is in the folder that relative paths start from. */
  readonly file: string
  /** What placeholders in the file stand for. */
  readonly environment: Environment
}

export interface ReadOut {
  readonly loaded: Loaded
  readonly moduleFiles: ModuleFilesSeen
}

/** `known`: of the running configuration; what is the same stays the same value. Rejects when it breaks off. */
export type Read = (input: ReadInput, known?: readonly Target[], signal?: AbortSignal) => Promise<ReadOut>

export const readHere: Read = async ({ text, file, environment }, known) => {
  const sources = await readSources(text, file, environment)
  return { loaded: await configFrom(sources, known), moduleFiles: sources.moduleFiles }
}
