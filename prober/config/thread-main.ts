/** Runs in a thread of its own: reads one configuration and gives it out a piece at a time, each when it is asked for. */
import { parentPort, workerData } from 'node:worker_threads'
import { liveSource } from './live.ts'
import { check, plainParts } from './load.ts'
import { readSources } from './sources.ts'
import type { Message, ThreadInput } from './thread.ts'

/** Taken over by the other side in one go: 4 ms. */
const TARGETS_PER_MESSAGE = 2000

async function* messages({ text, file, environment }: ThreadInput): AsyncGenerator<Message> {
  const sources = await readSources(text, file, environment)
  const checked = await check(sources)
  const { moduleFiles } = sources
  if (!checked.ok) return yield { kind: 'end', moduleFiles, outcome: checked }
  const { targets, ...plain } = plainParts(checked)
  for (let start = 0; start < targets.length; start += TARGETS_PER_MESSAGE) {
    yield { kind: 'targets', targets: targets.slice(start, start + TARGETS_PER_MESSAGE) }
  }
  yield { kind: 'end', moduleFiles, outcome: { ok: true, plain, live: liveSource(checked.tree) } }
}

const left = messages(workerData as ThreadInput)
const sendNext = async () => {
  const { value } = await left.next()
  parentPort?.postMessage(value)
}
parentPort?.on('message', sendNext)
await sendNext()
