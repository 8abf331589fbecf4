/** The listening socket's life: bound, drained, closed. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Readiness } from './readiness.ts'
import type { Settings } from './settings.ts'

/** Longer than the 60 s that load balancers keep a connection idle, so that it is never we who close first. */
export const KEEP_ALIVE_MS = 65_000
/** A client that dribbles its request holds nothing for longer. */
export const REQUEST_MS = 30_000

export type Bound =
  | { readonly ok: true; readonly address: string; readonly port: number }
  | { readonly ok: false; readonly message: string }

export async function listen(server: Server, { host, port }: Settings): Promise<Bound> {
  const error = await bind(server, host ?? '::', port)
  const hasNoIpv6 = error?.code === 'EAFNOSUPPORT' || error?.code === 'EADDRNOTAVAIL'
  const last = hasNoIpv6 && host === undefined ? await bind(server, '0.0.0.0', port) : error
  if (last !== undefined) return { ok: false, message: refusal(last, host ?? '::', port) }
  const bound = server.address() as AddressInfo
  return { ok: true, address: bound.address, port: bound.port }
}

function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => resolve(error)
    server.once('error', onError)
    server.listen({ host, port }, () => {
      server.off('error', onError)
      resolve(undefined)
    })
  })
}

function refusal(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') return `PORT: ${port} is taken on ${host}; set PORT to a free one`
  if (error.code === 'EACCES') return `PORT: ${port} needs privileges; set PORT to 1024 or above`
  return `HOST: cannot listen on ${host} (${error.code ?? error.message}); set HOST to an address of this machine`
}

/**
 * Readiness goes first; then requests are still taken for a while; then none, and those in flight end.
 * `hurry` cuts both waits short. Returns false when connections had to be cut.
 */
export async function drain(
  server: Server,
  readiness: Readiness,
  { drainSeconds, graceSeconds }: Pick<Settings, 'drainSeconds' | 'graceSeconds'>,
  hurry: AbortSignal,
): Promise<boolean> {
  readiness.leave()
  await wait(drainSeconds * 1000, undefined, { signal: hurry }).catch(() => undefined)
  let isClean = true
  const cut = () => {
    isClean = false
    server.closeAllConnections()
  }
  // A connection whose answer ends after close() stays open for its keep-alive time unless someone looks again.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const hard = setTimeout(cut, graceSeconds * 1000)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if (hurry.aborted) cut()
  hurry.addEventListener('abort', cut, { once: true })
  await closed
  clearInterval(sweep)
  clearTimeout(hard)
  hurry.removeEventListener('abort', cut)
  return isClean
}
