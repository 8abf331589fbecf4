/** The process of its own that reads one configuration and gives it out a piece at a time, each when it is asked for. */
import { flushCompileCache } from 'node:module'
import { packed } from './live.ts'
import type { ReadInput } from './read-here.ts'
import type { ConfigRest, Message } from './reader.ts'

/** Taken over by the other side in one go: 4 ms. */
const TARGETS_PER_MESSAGE = 2000

async function* messages(input: ReadInput): AsyncGenerator<Message> {
  // Not before it is known that we run: what takes too much memory from here on is the reading.
  const { readHere } = await import('./read-here.ts')
  const { loaded, moduleFiles } = await readHere(input)
  // Otherwise it is written at an exit, and we are killed.
  flushCompileCache()
  if (!loaded.ok) return yield { kind: 'end', moduleFiles, outcome: loaded }
  const { targets, modules, moduleYaml, ...others } = loaded.config
  for (let start = 0; start < targets.length; start += TARGETS_PER_MESSAGE) {
    yield { kind: 'targets', targets: targets.slice(start, start + TARGETS_PER_MESSAGE) }
  }
  const rest: ConfigRest = { ...others, modules: [...modules], moduleYaml: [...moduleYaml] }
  yield { kind: 'end', moduleFiles, outcome: { ok: true, rest: packed(rest) } }
}

let left: AsyncGenerator<Message> | undefined
process.on('message', async (input: ReadInput) => {
  left ??= messages(input)
  try {
    const { value } = await left.next()
    send(value as Message)
  } catch (thrown) {
    send({ kind: 'broken', why: thrown instanceof Error ? String(thrown.stack) : String(thrown) })
  }
})
// Nobody is there any more. An exit would wait for a file that hangs, a pipe that nobody writes to.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
send({ kind: 'ready' })

function send(message: Message): void {
  process.send?.(message)
}
