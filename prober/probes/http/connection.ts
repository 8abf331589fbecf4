import type { Socket } from 'node:net'
import type { HttpModule, IpPreference, ProxyConfig, TlsConfig } from '../../config/schema.ts'
import { readSecret } from '../../config/secret.ts'
import type { Failure, Phase } from '../../net/outcome.ts'
import { openConnectTunnel, openSocksTunnel, proxyFor } from '../../net/proxy.ts'
import type { Address } from '../../net/resolve.ts'
import { startTls, type TlsContext } from '../../net/tls.ts'
import { dial, type Findings, type Found, lookUp, noFindings, type ReachParts, secure } from '../reach.ts'
import { basicOf, unreadable } from './request.ts'
import { credentialsOf } from './target.ts'

/** Where to, and how. */
export interface Route {
  readonly url: URL
  /** Sent as SNI and checked against the certificate. */
  readonly serverName: string
  readonly http2: boolean
  readonly tls: TlsConfig
  readonly proxy: ProxyConfig
  readonly ip: IpPreference
  readonly sourceIp: string | undefined
  readonly skipResolvePhaseWithProxy: boolean
}

export function routeOf(module: HttpModule, url: URL, serverName: string, http2: boolean): Route {
  const { tls, proxy, ip, sourceIp, skipResolvePhaseWithProxy } = module
  return { url, serverName, http2, tls, proxy, ip, sourceIp, skipResolvePhaseWithProxy }
}

export interface Connection {
  readonly ok: true
  readonly socket: Socket
  readonly clientCertificate: boolean
  /** The proxy wants the absolute form; undefined: nobody stands between, or a tunnel does. */
  readonly proxied: { readonly origin: string; readonly headers: readonly string[] } | undefined
}

export interface ConnectionParts extends ReachParts {
  /** Addresses by host name that this probe already looked up: one lookup per name and probe. */
  readonly known: Map<string, Address>
}

/** Resolved, connected, through the proxy, TLS done and verified: ready for a request. */
export async function openConnection(
  route: Route,
  findings: Findings,
  parts: ConnectionParts,
): Promise<Connection | Failure> {
  const { url } = route
  const proxy = route.proxy.kind === 'none' ? undefined : proxyFor(url, route.proxy, parts.network.environment)
  const tls = await tlsContextFor(route, proxy, parts)
  if (tls !== undefined && !tls.ok) return tls
  if (proxy === undefined || !route.skipResolvePhaseWithProxy) {
    const found = await lookUpOnce(url, route.ip, findings, parts)
    if (!found.ok) return found
  }
  const reached =
    proxy === undefined
      ? await connectTo(findings.address, url, route, afterTransport(url), parts)
      : await throughProxy(proxy, route, tls?.context, findings, parts)
  if (!reached.ok || url.protocol === 'http:' || tls === undefined) return reached
  return await overTls(reached, route, tls.context, findings, parts)
}

/** Before the lookup: it may read files, and no connection should stand idle meanwhile. */
async function tlsContextFor(route: Route, proxy: URL | undefined, { network, clock, signal }: ConnectionParts) {
  if (route.url.protocol === 'http:' && proxy?.protocol !== 'https:') return undefined
  clock.enter('prepare')
  return await network.tlsContexts(route.tls, signal)
}

/** Making the request ready is our time; `processing` begins when it is written. */
function afterTransport({ protocol }: URL): Phase {
  return protocol === 'https:' ? 'tls' : 'prepare'
}

async function lookUpOnce(
  url: URL,
  ip: IpPreference,
  findings: Findings,
  parts: ConnectionParts,
): Promise<Found | Failure> {
  const { known } = parts
  const before = known.get(url.hostname)
  if (before !== undefined) {
    findings.address = before
    return { ok: true, address: before }
  }
  const found = await lookUp(bareHost(url), ip, findings, parts)
  if (found.ok) known.set(url.hostname, found.address)
  return found
}

async function connectTo(
  address: Address | undefined,
  url: URL,
  { sourceIp }: Route,
  next: Phase,
  parts: ConnectionParts,
): Promise<Connection | Failure> {
  if (address === undefined) throw new Error('dialled before the lookup')
  const reached = await dial(address, portOf(url), sourceIp, next, parts)
  return reached.ok ? bare(reached.socket) : reached
}

async function throughProxy(
  proxy: URL,
  route: Route,
  context: TlsContext | undefined,
  findings: Findings,
  parts: ConnectionParts,
): Promise<Connection | Failure> {
  const own = noFindings()
  const found = await lookUpOnce(proxy, route.ip, own, parts)
  if (!found.ok) return { ...found, message: `The proxy's name: ${found.message}` }
  const connected = await connectTo(found.address, proxy, route, 'proxy', parts)
  if (!connected.ok) return { ...connected, message: `The proxy: ${connected.message}` }
  const secured =
    context !== undefined && proxy.protocol === 'https:'
      ? await tlsToProxy(connected.socket, proxy, route, context, parts)
      : connected
  if (!secured.ok) return secured
  return await destroyUnlessOk(secured.socket, askProxy(secured.socket, proxy, route, findings.address, parts))
}

async function askProxy(
  socket: Socket,
  proxy: URL,
  route: Route,
  address: Address | undefined,
  { clock, signal }: ConnectionParts,
): Promise<Connection | Failure> {
  const { url } = route
  // As blackbox_exporter: the proxy is given the address that was looked up here, unless the module skips the lookup.
  const host = address === undefined ? bareHost(url) : address.ip
  const bracketed = host.includes(':') ? `[${host}]` : host
  if (proxy.protocol.startsWith('socks')) {
    const tunnel = await openSocksTunnel(socket, proxy, host, portOf(url), signal)
    if (tunnel.ok) clock.enter(afterTransport(url), tunnel.atMs)
    return tunnel.ok ? bare(tunnel.socket) : tunnel
  }
  if (url.protocol === 'http:') {
    clock.enter('prepare')
    const origin = `http://${bracketed}${url.port === '' ? '' : `:${url.port}`}`
    return { ...bare(socket), proxied: { origin, headers: proxyAuthorization(proxy) } }
  }
  const headers = await connectHeaders(route.proxy, signal)
  if ('ok' in headers) return headers
  const tunnel = await openConnectTunnel(socket, proxy, `${bracketed}:${portOf(url)}`, headers, signal)
  if (tunnel.ok) clock.enter(afterTransport(url), tunnel.atMs)
  return tunnel.ok ? bare(tunnel.socket) : tunnel
}

async function tlsToProxy(
  socket: Socket,
  proxy: URL,
  route: Route,
  context: TlsContext,
  { signal }: ConnectionParts,
): Promise<Connection | Failure> {
  const { insecureSkipVerify } = route.tls
  const request = { context, serverName: bareHost(proxy), alpn: ['http/1.1'], insecureSkipVerify }
  const established = await startTls(socket, request, signal)
  if (established.ok) return bare(established.socket)
  const { reason, message } = established
  return destroyed(socket, { ok: false, phase: 'proxy', reason, message: `TLS to the proxy: ${message}` })
}

async function overTls(
  { socket, proxied }: Connection,
  { http2, serverName, tls }: Route,
  context: TlsContext,
  findings: Findings,
  parts: ConnectionParts,
): Promise<Connection | Failure> {
  // Without HTTP/2 nothing is offered, as Go does: some servers treat `http/1.1` and no offer differently.
  const alpn = http2 ? ['h2', 'http/1.1'] : []
  const reached = await secure(socket, { context, serverName, alpn, tls }, 'prepare', findings, parts)
  if (!reached.ok) return destroyed(socket, reached)
  return { ok: true, socket: reached.socket, proxied, clientCertificate: tls.cert !== undefined }
}

function bare(socket: Socket): Connection {
  return { ok: true, socket, proxied: undefined, clientCertificate: false }
}

function destroyed(socket: Socket, found: Failure): Failure {
  socket.destroy()
  return found
}

async function destroyUnlessOk(socket: Socket, asked: Promise<Connection | Failure>): Promise<Connection | Failure> {
  const answer = await asked
  return answer.ok ? answer : destroyed(socket, answer)
}

type HeaderPairs = readonly (readonly [string, string])[]

async function connectHeaders(proxy: ProxyConfig, signal: AbortSignal): Promise<HeaderPairs | Failure> {
  if (proxy.kind === 'none') return []
  try {
    const pairs: [string, string][] = []
    for (const { name, values } of proxy.connectHeaders) {
      for (const source of values) pairs.push([name, await readSecret(source, signal)])
    }
    return pairs
  } catch (error) {
    return unreadable(error, signal)
  }
}

function proxyAuthorization(proxy: URL): readonly string[] {
  const none = proxy.username === '' && proxy.password === ''
  return none ? [] : ['Proxy-Authorization', basicOf(credentialsOf(proxy))]
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
}

export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 80) : Number(url.port)
}

/** Without the brackets of an IPv6 address. */
export function bareHost({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
