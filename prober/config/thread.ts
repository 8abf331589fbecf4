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

/** `known`: of the running configuration. Rejects only for a bug of ours. */
export async function readInThread(input: ThreadInput, known: readonly Target[] = []): Promise<ReadInThread> {
  const targets: Target[] = []
  const kept = keepingSame(known)
  const { moduleFiles, outcome } = await received(input, (target) => targets.push(kept(target)))
  if (!outcome.ok) return { loaded: outcome, moduleFiles }
  const live = await liveParts(outcome.live)
  return { loaded: { ok: true, config: { ...outcome.plain, ...live, targets } }, moduleFiles }
}

/** Resolves with the last message, once the thread has ended. */
async function received(input: ThreadInput, onTarget: (target: Target) => void): Promise<End> {
  const thread = new Worker(new URL('./thread-main.ts', import.meta.url), { workerData: input })
  try {
    return await new Promise<End>((resolve, reject) => {
      thread.once('error', reject)
      thread.on('message', (message: Message) => {
        if (message.kind === 'end') return resolve(message)
        for (const target of message.targets) onTarget(target)
        thread.postMessage('next')
      })
    })
  } finally {
    await thread.terminate()
  }
}
