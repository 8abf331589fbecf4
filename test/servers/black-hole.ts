import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

export interface BlackHole extends AsyncDisposable {
  readonly port: number
}

/**
 * A port on 127.0.0.1 that answers no SYN, as behind a firewall that drops: its process is stopped, and the queue of
 * connections that wait to be accepted is full.
 */
export async function serveBlackHole(): Promise<BlackHole> {
  const child = fork(import.meta.filename, ['listen'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  child.kill('SIGSTOP')
  // The kernel takes one more than the backlog; once that many stand, the next SYN is dropped. A few more, because the
  // process may have accepted some before it stopped.
  const full = Promise.withResolvers<void>()
  let standing = 0
  const waiting = Array.from({ length: BACKLOG + 4 }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    return socket.once('connect', () => {
      standing += 1
      if (standing > BACKLOG) full.resolve()
    })
  })
  await full.promise
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy()
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

const BACKLOG = 1

if (process.argv[2] === 'listen') {
  const server = createServer(() => undefined)
  server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
    process.send?.((server.address() as AddressInfo).port)
  })
}
