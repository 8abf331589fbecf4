import type { Server } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'

export interface ListenAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined
  readonly port: number
}

export type Parsed =
  | { readonly ok: true; readonly address: ListenAddress }
  | { readonly ok: false; readonly message: string }

/** As Go's net.Listen takes them: `:9115`, `127.0.0.1:0`, `[::1]:9115`. */
export function parseListenAddress(text: string): Parsed {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2] ?? ''
  const isBad = match === null || port > 65_535 || (match[1] !== undefined && !isIPv6(host))
  if (isBad) {
    return { ok: false, message: `Cannot listen on ${JSON.stringify(text)}: write :9115, 127.0.0.1:9115 or [::1]:9115` }
  }
  return { ok: true, address: { host: host === '' ? undefined : host, port } }
}

export type Listening = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string }

/** `flag`: what a person writes to choose another address. */
export function listen(server: Server, { host, port }: ListenAddress, flag: string): Promise<Listening> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => resolve({ ok: false, message: explain(error, host, port, flag) })
    server.once('error', onError)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', onError)
      resolve({ ok: true, url: urlOf(server.address() as AddressInfo, host) })
    })
  })
}

function urlOf(bound: AddressInfo, host: string | undefined): string {
  if (host === undefined) return `http://localhost:${bound.port}`
  return `http://${isIPv6(host) ? `[${host}]` : host}:${bound.port}`
}

function explain({ code, message }: NodeJS.ErrnoException, host = '', port: number, flag: string): string {
  const where = `${isIPv6(host) ? `[${host}]` : host}:${port}`
  switch (code) {
    case 'EADDRINUSE':
      return `Cannot listen on ${where}: the port is taken; stop what listens there or choose another with ${flag}`
    case 'EACCES':
      return `Cannot listen on ${where}: not permitted; ports below 1024 need a privilege, choose another with ${flag}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `Cannot listen on ${where}: this machine has no such address; choose another with ${flag}`
    default:
      return `Cannot listen on ${where}: ${message}; choose another with ${flag}`
  }
}

/** How often idle connections are looked for while draining. */
const SWEEP_MS = 50

/**
 * Lets requests in flight end; what still runs after the grace is cut. Closing alone would wait for each connection
 * that a scraper keeps alive, also for those that turn idle only after the close.
 */
export async function drain(server: Server, graceSeconds: number): Promise<void> {
  if (!server.listening) return
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const cut = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(sweep)
  clearTimeout(cut)
}
