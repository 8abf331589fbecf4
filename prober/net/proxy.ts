// PROVISIONAL signatures
import type { Socket } from 'node:net'
import type { ProxyConfig } from '../config/schema.ts'
import type { Failure } from './outcome.ts'

/** The proxy to use for this URL, by Go's httpproxy rules (NO_PROXY, cidr, `.suffix`, `*`; environment in both cases of spelling); undefined: go direct. */
export declare function proxyFor(
  url: URL,
  proxy: ProxyConfig,
  environment: Readonly<Record<string, string | undefined>>,
): URL | undefined

export interface Tunnel {
  readonly ok: true
  readonly socket: Socket
  readonly atMs: number
}
/** HTTP CONNECT over a socket that already stands. `headers` are raw pairs; credentials of the proxy's URL become Proxy-Authorization. */
export declare function openConnectTunnel(
  socket: Socket,
  proxy: URL,
  authority: string,
  headers: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<Tunnel | Failure>
/** SOCKS5 (RFC 1928, username/password by RFC 1929). `host` may be a name (remote lookup) or an IP literal. */
export declare function openSocksTunnel(
  socket: Socket,
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Tunnel | Failure>
