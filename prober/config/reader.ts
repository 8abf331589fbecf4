/**
 * A configuration read in a process of its own. Ten thousand targets take 1.5 s to read, and meanwhile probes go on; the
 * parsers' code and what they leave behind, 30 MiB with a thousand targets, go with the process.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { unpacked } from './live.ts'
import type { NotLoaded } from './load.ts'
import type { Read, ReadInput, ReadOut } from './read-here.ts'
import { keepingSame } from './same-target.ts'
import type { Config, Module, Target } from './schema.ts'

/** What the process says, each when it is asked for: the input first, then anything. */
export type Message =
  | { readonly kind: 'targets'; readonly targets: readonly Target[] }
  /** By a bug of ours: the stack of it. */
  | { readonly kind: 'broken'; readonly why: string }
  | End

interface End extends Pick<ReadOut, 'moduleFiles'> {
  readonly kind: 'end'
  /** `rest`: a `ConfigRest`, packed. */
  readonly outcome: NotLoaded | { readonly ok: true; readonly rest: unknown }
}

/** All but the targets. */
export interface ConfigRest extends Omit<Config, 'targets' | 'modules' | 'moduleYaml'> {
  readonly modules: Entries<Module>
  readonly moduleYaml: Entries<string>
}
type Entries<T> = readonly (readonly [name: string, value: T])[]

const NEVER = new AbortController().signal

/** Rejects when the process dies: of a file too large, by a bug of ours, by `signal`. Reads here where none can be had. */
export const readApart: Read = async (input, known, signal) => {
  try {
    return await readFromProcess(input, known, signal)
  } catch (thrown) {
    if (!(thrown instanceof ReaderNotStarted)) throw thrown
    return await (await import('./read-here.ts')).readHere(input, known, signal)
  }
}

const readFromProcess: Read = async (input, known = [], signal = NEVER) => {
  const targets: Target[] = []
  const kept = keepingSame(known)
  const { moduleFiles, outcome } = await received(input, (target) => targets.push(kept(target)), signal)
  if (!outcome.ok) return { loaded: outcome, moduleFiles }
  const { modules, moduleYaml, ...rest } = (await unpacked(outcome.rest)) as ConfigRest
  const config = { ...rest, targets, modules: new Map(modules), moduleYaml: new Map(moduleYaml) }
  return { loaded: { ok: true, config }, moduleFiles }
}

/** The machine has no room for one more process, or does not let us have one. */
class ReaderNotStarted extends Error {}

/** It ran out of memory, by its own limit or the machine's. */
export class ReaderTooLarge extends Error {}

/** Resolves with the last message; the process is ended by then. */
async function received(input: ReadInput, onTarget: (target: Target) => void, signal: AbortSignal): Promise<End> {
  signal.throwIfAborted()
  const child = startReader()
  const { promise, resolve, reject } = Promise.withResolvers<End>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end)
  child.on('error', (error) => reject(child.pid === undefined ? new ReaderNotStarted(error.message) : error))
  child.on('exit', (code, killer) => reject(endedEarly(code, killer)))
  child.on('message', (message: Message) => {
    if (message.kind === 'end') return resolve(message)
    if (message.kind === 'broken') return reject(new Error(message.why))
    for (const target of message.targets) onTarget(target)
    child.send('next')
  })
  try {
    // Without a process there is an `error` instead.
    if (child.pid !== undefined) child.send(input)
  } catch (thrown) {
    reject(thrown)
  }
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', end)
    child.kill('SIGKILL')
  }
}

function startReader(): ChildProcess {
  return fork(new URL('./reader-main.ts', import.meta.url), [], {
    serialization: 'advanced',
    // No flags of ours: an inspector's port is taken.
    execArgv: [],
    env: { ...process.env, NODE_COMPILE_CACHE: getCompileCacheDir() ?? process.env.NODE_COMPILE_CACHE },
    // A Ctrl-C at the terminal is meant for the prober, which ends it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

function endedEarly(code: number | null, killer: NodeJS.Signals | null): Error {
  const message = `the process that reads it ended with ${killer ?? code} before it had told all`
  return killer === 'SIGABRT' || killer === 'SIGKILL' ? new ReaderTooLarge(message) : new Error(message)
}
