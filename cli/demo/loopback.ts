/** Servers of the demo: on this machine's loopback only, gone when disposed. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** IPv4 alone: a machine without IPv6 must run the demo too, and `localhost` is in every hosts file as this. */
export const LOOPBACK = '127.0.0.1'

export interface Listening extends AsyncDisposable {
  readonly port: number
}
export type Opened<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** `flag` is what a person changes when the port is taken. */
export async function listenOnLoopback(server: Server, port: number, flag: string): Promise<Opened<Listening>> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ host: LOOPBACK, port }, () => resolve(undefined))
  })
  if (error !== undefined) return { ok: false, message: portRefused(error, port, flag) }
  const listening: Listening = {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  return { ok: true, value: listening }
}

export function portRefused(error: { code?: string; message: string }, port: number, flag: string): string {
  if (error.code === 'EADDRINUSE') return `port ${port} is taken; choose another with ${flag} (0: any free one)`
  if (error.code === 'EACCES') return `port ${port} needs privileges; choose one above 1023 with ${flag}`
  return `cannot listen on ${LOOPBACK}:${port}: ${error.code ?? error.message}; choose another port with ${flag}`
}
