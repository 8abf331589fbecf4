/**
 * A configuration read in a thread of its own: ten thousand targets take 1.5 s to read, and meanwhile probes go on. What
 * that needs of memory, a hundred times the file, goes with the thread.
 */
import { Worker } from 'node:worker_threads'
import type { Environment } from './environment.ts'
import { type LiveSource, liveParts, type PlainParts } from './live.ts'
import type { Loaded, NotLoaded } from './load.ts'
import { keepingSame } from './same-target.ts'
import type { Target } from './schema.ts'
import type { ModuleFilesSeen } from './sources.ts'

export interface ThreadInput {
  readonly text: string
  readonly file: string
  readonly environment: Environment
}

export type Message = { readonly kind: 'targets'; readonly targets: readonly Target[] } | End

interface End {
  readonly kind: 'end'
  readonly moduleFiles: ModuleFilesSeen
  readonly outcome: NotLoaded | { readonly ok: true; readonly plain: PlainRest; readonly live: LiveSource }
}

type PlainRest = Omit<PlainParts, 'targets'>

export interface ReadInThread {
  readonly loaded: Loaded
  readonly moduleFiles: ModuleFilesSeen
}

const NEVER = new AbortController().signal

/** `known`: of the running configuration. Rejects when the thread dies: of a file too large, by a bug of ours, by `signal`. */
export async function readInThread(
  input: ThreadInput,
  known: readonly Target[] = [],
  signal: AbortSignal = NEVER,
): Promise<ReadInThread> {
  const targets: Target[] = []
  const kept = keepingSame(known)
  const { moduleFiles, outcome } = await received(input, (target) => targets.push(kept(target)), signal)
  if (!outcome.ok) return { loaded: outcome, moduleFiles }
  const live = await liveParts(outcome.live)
  return { loaded: { ok: true, config: { ...outcome.plain, ...live, targets } }, moduleFiles }
}

/** Resolves with the last message, once the thread has ended. */
async function received(input: ThreadInput, onTarget: (target: Target) => void, signal: AbortSignal): Promise<End> {
  signal.throwIfAborted()
  const thread = new Worker(new URL('./thread-main.ts', import.meta.url), { workerData: input })
  const { promise, resolve, reject } = Promise.withResolvers<End>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end)
  thread.on('error', reject)
  thread.on('messageerror', reject)
  thread.on('exit', (code) => reject(new Error(`the thread ended with ${code} before it had told all`)))
  thread.on('message', (message: Message) => {
    if (message.kind === 'end') return resolve(message)
    for (const target of message.targets) onTarget(target)
    thread.postMessage('next')
  })
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', end)
    await thread.terminate()
  }
}
