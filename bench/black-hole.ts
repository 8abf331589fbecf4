/** A port on this machine that answers nothing, as behind a firewall that drops packets. */
import { connect, type Socket } from 'node:net'
import { startProgram } from '../test/programs.ts'

/** Listens with a queue for one connection, and is then stopped (SIGSTOP), so that it accepts none. */
const LISTENER = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log(this.address().port)
})`

export interface BlackHole extends AsyncDisposable {
  readonly target: string
}

/** The kernel drops every SYN to a port whose queue is full: it is filled here. */
export async function openBlackHole(): Promise<BlackHole> {
  const program = await startProgram(process.execPath, ['-e', LISTENER], { ready: /\d+\n/ })
  const port = Number(program.output())
  program.kill('SIGSTOP')
  const fillers: Socket[] = []
  while (await isOpen(port, fillers));
  return {
    target: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy()
      program.kill('SIGCONT')
      await program[Symbol.asyncDispose]()
    },
  }
}

const ANSWERS_WITHIN_MS = 300

/** Whether the queue had room for one more. */
function isOpen(port: number, fillers: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    fillers.push(socket)
    socket.on('error', () => undefined)
    const timer = setTimeout(resolve, ANSWERS_WITHIN_MS, false)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
