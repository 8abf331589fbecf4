/**
 * A configuration read in a process of its own. Ten thousand targets take 1.5 s to read, and meanwhile probes go on; the
 * parsers' code and what they leave behind, 30 MiB with a thousand targets, go with the process.
 */
import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { unpacked } from './live.ts'
import type { NotLoaded } from './load.ts'
import type { Read, ReadInput, ReadOut } from './read-here.ts'
import { keepingSame } from './same-target.ts'
import type { Config, Module, Target } from './schema.ts'

/** What the process says: that it runs, then each when it is asked for: the input first, then anything. */
export type Message =
  | { readonly kind: 'ready' }
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
  const { modules, moduleYaml, ...rest } = outcome.rest as ConfigRest
  const plain = (await unpacked(rest)) as Omit<ConfigRest, 'modules' | 'moduleYaml'>
  const config = { ...plain, targets, modules: await unpackedModules(modules), moduleYaml: new Map(moduleYaml) }
  return { loaded: { ok: true, config }, moduleFiles }
}

/** Made between two turns of the event loop: 5 ms at most, and most modules have no expression. */
const MODULES_AT_ONCE = 20

async function unpackedModules(modules: Entries<unknown>): Promise<ReadonlyMap<string, Module>> {
  const made = new Map<string, Module>()
  for (const [index, [name, module]] of modules.entries()) {
    if (index > 0 && index % MODULES_AT_ONCE === 0) await setImmediate()
    made.set(name, (await unpacked(module)) as Module)
  }
  return made
}

/** The machine has no room for one more process, or does not let us have one. */
class ReaderNotStarted extends Error {}

/** It ran out of memory, by its own limit or the machine's. */
export class ReaderTooLarge extends Error {}

/** Resolves with the last message; the process ends with it. */
async function received(input: ReadInput, onTarget: (target: Target) => void, signal: AbortSignal): Promise<End> {
  signal.throwIfAborted()
  const child = startReader()
  const { promise, resolve, reject } = Promise.withResolvers<End>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end)
  let isReady = false
  child.on('error', (error) => reject(isReady ? error : new ReaderNotStarted(error.message)))
  child.on('exit', (code, killer) => reject(endedEarly(isReady, code, killer)))
  child.on('message', (message: Message) => {
    switch (message.kind) {
      case 'ready':
        isReady = true
        return ask(child, input, reject)
      case 'targets':
        for (const target of message.targets) onTarget(target)
        return ask(child, 'next', reject)
      case 'broken':
        return reject(new Error(message.why))
      case 'end':
        return resolve(message)
    }
  })
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', end)
    // One that never was has no id, and 0 would be all of us.
    if (child.pid !== undefined) child.kill('SIGKILL')
  }
}

/** What cannot be sent is thrown at once. */
function ask(child: ChildProcess, what: Serializable, onFailure: (thrown: unknown) => void): void {
  try {
    child.send(what)
  } catch (thrown) {
    onFailure(thrown)
  }
}

/** No inspector, whatever NODE_OPTIONS says: its port is ours, and `--inspect-brk` would have us wait for somebody. */
const NOT_INSPECTED = ['--no-inspect', '--no-inspect-brk', '--no-inspect-wait']

/** @throws ReaderNotStarted; some reasons come as an `error` instead. */
function startReader(): ChildProcess {
  const compileCache = getCompileCacheDir()
  try {
    return fork(new URL('./reader-main.ts', import.meta.url), [], {
      serialization: 'advanced',
      execArgv: NOT_INSPECTED,
      // Node.js adds a folder of its own version to the name.
      env: { ...process.env, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compileCache) }) },
      // A Ctrl-C at the terminal is meant for the prober, which ends it.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
  } catch (thrown) {
    throw new ReaderNotStarted(String(thrown))
  }
}

function endedEarly(isReady: boolean, code: number | null, killer: NodeJS.Signals | null): Error {
  const message = `the process that reads it ended with ${killer ?? code} before it had told all`
  // The machine kills what takes more than there is at any time; all else that ends Node.js at its start is no file's fault.
  if (killer === 'SIGKILL' || (isReady && killer === 'SIGABRT')) return new ReaderTooLarge(message)
  return isReady ? new Error(message) : new ReaderNotStarted(message)
}
