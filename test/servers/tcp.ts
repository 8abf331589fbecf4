import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface TcpServer extends AsyncDisposable {
  readonly port: number
  /** Connections accepted so far. */
  accepted(): number
  /** Connections that still stand. */
  open(): number
  /** Fulfilled when no connection stands any more; the caller's own deadline bounds it. */
  allClosed(): Promise<void>
}

/** Listens on 127.0.0.1 (or `host`) and hands every connection over; what still stands at the end is destroyed. */
export async function serveTcp(
  onConnection: (socket: Socket) => void = () => undefined,
  host = '127.0.0.1',
  port = 0,
): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let whenEmpty: (() => void)[] = []
  const server = createServer((socket) => {
    accepted += 1
    sockets.add(socket)
    // Resets are what these servers are for.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const tell of whenEmpty) tell()
      whenEmpty = []
    })
    onConnection(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => whenEmpty.push(resolve))),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Accepts and never says a word; reads, so that a closing peer is noticed. */
export function serveSilence(): Promise<TcpServer> {
  return serveTcp((socket) => socket.resume())
}

/** Answers the first bytes that come with these, then closes. */
export function serveBytes(bytes: string | Uint8Array): Promise<TcpServer> {
  return serveTcp((socket) => socket.once('data', () => socket.end(bytes)))
}

/** Resets every connection when its first bytes come. */
export function serveReset(): Promise<TcpServer> {
  return serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
}

/** A port on 127.0.0.1 where nobody listened a moment ago. */
export async function closedPort(): Promise<number> {
  await using server = await serveTcp()
  return server.port
}

/** So many turns of the event loop later: who has connected knows it by then. */
export function later(turns: number, work: () => void): void {
  if (turns === 0) work()
  else setImmediate(later, turns - 1, work)
}
