/** Tunnels through proxies, over a socket that already stands (for an https:// proxy: its TLS socket). */
import type { Socket } from 'node:net'
import * as httpConnect from '../wire/http-connect.ts'
import type { Parsed } from '../wire/parsed.ts'
import * as socks5 from '../wire/socks5.ts'
import { aborted } from './deadline.ts'
import type { Failure, Reason } from './outcome.ts'
import { failure } from './outcome.ts'

export { proxyFor } from './proxy-rules.ts'

export interface Tunnel {
  readonly ok: true
  readonly socket: Socket
  readonly atMs: number
}

interface Reply<T> {
  readonly ok: true
  readonly value: T
  readonly atMs: number
}

/**
 * HTTP CONNECT. `headers` are raw pairs; the credentials of the proxy's URL become Proxy-Authorization and win over one
 * in `headers`, as in Go. The socket is destroyed on failure.
 */
export async function openConnectTunnel(
  socket: Socket,
  proxy: URL,
  authority: string,
  headers: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<Tunnel | Failure> {
  const request = httpConnect.encodeConnect(authority, withAuthorization(proxy, headers))
  if (request === undefined) {
    const message = `Cannot ask the proxy for ${JSON.stringify(authority)}: it or a header of proxy_connect_header holds a line break`
    return ended(socket, failure('prepare', 'target_invalid', message))
  }
  const reply = await ask(socket, proxy, request, httpConnect.readConnectReply, signal)
  if (!reply.ok) return ended(socket, reply)
  const { statusCode, reason } = reply.value
  if (statusCode <= 299) return { ok: true, socket, atMs: reply.atMs }
  return ended(socket, refused(proxy, authority, statusCode, reason))
}

function refused({ host }: URL, authority: string, statusCode: number, reason: string): Failure {
  const status = `${statusCode} ${reason}`.trim()
  if (statusCode === 407) {
    const message = `The proxy ${host} asks for credentials (${status}): write them into proxy_url, or check them`
    return failure('proxy', 'proxy_auth_required', message)
  }
  return failure('proxy', 'proxy_refused', `The proxy ${host} refused a tunnel to ${authority}: ${status}`)
}

function withAuthorization(
  proxy: URL,
  headers: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  if (proxy.username === '' && proxy.password === '') return headers
  const { username, password } = credentialsOf(proxy)
  const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
  const others = headers.filter(([name]) => name.toLowerCase() !== 'proxy-authorization')
  return [...others, ['Proxy-Authorization', `Basic ${basic}`]]
}

function credentialsOf({ username, password }: URL): { readonly username: string; readonly password: string } {
  return { username: percentDecoded(username), password: percentDecoded(password) }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * SOCKS 5, with the user name and password of the proxy's URL when it has some. `host` may be a name, which the proxy
 * looks up, or an IP literal. The socket is destroyed on failure.
 */
export async function openSocksTunnel(
  socket: Socket,
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Tunnel | Failure> {
  const request = socks5.encodeConnect(host, port)
  if (request === undefined) {
    return ended(socket, failure('prepare', 'target_invalid', 'Cannot ask a SOCKS proxy for a host over 255 bytes'))
  }
  const refusal = await authenticate(socket, proxy, signal)
  if (refusal !== undefined) return ended(socket, refusal)
  const reply = await ask(socket, proxy, request, socks5.readConnectReply, signal)
  if (!reply.ok) return ended(socket, reply)
  if (reply.value === undefined) return { ok: true, socket, atMs: reply.atMs }
  const message = `The proxy ${proxy.host} refused a tunnel to ${host}:${port}: ${reply.value}`
  return ended(socket, failure('proxy', 'proxy_refused', message))
}

async function authenticate(socket: Socket, proxy: URL, signal: AbortSignal): Promise<Failure | undefined> {
  const { username, password } = credentialsOf(proxy)
  const greeting = socks5.encodeGreeting(username !== '')
  const method = await ask(socket, proxy, greeting, socks5.readMethod, signal)
  if (!method.ok) return method
  if (method.value === socks5.METHOD.none) return undefined
  const credentials = socks5.encodePassword(username, password)
  if (method.value !== socks5.METHOD.password || credentials === undefined) {
    const message = `The proxy ${proxy.host} takes none of our ways to log in: write user name and password, each of at most 255 bytes, into proxy_url`
    return failure('proxy', 'proxy_auth_required', message)
  }
  const status = await ask(socket, proxy, credentials, socks5.readPasswordStatus, signal)
  if (!status.ok || status.value === 0) return status.ok ? undefined : status
  return failure(
    'proxy',
    'proxy_auth_required',
    `The proxy ${proxy.host} does not accept the user name and password of proxy_url`,
  )
}

function ended(socket: Socket, cause: Failure): Failure {
  socket.destroy()
  return cause
}

/**
 * Writes and reads one reply; what comes after it stays in the socket. By `readable` and `read`, because `data` and
 * `pause` would leave the socket paused for whoever reads next.
 */
function ask<T>(
  socket: Socket,
  proxy: URL,
  request: Buffer,
  parse: (bytes: Buffer) => Parsed<T>,
  signal: AbortSignal,
): Promise<Reply<T> | Failure> {
  if (signal.aborted) return Promise.resolve(aborted('proxy', signal))
  return new Promise((resolve) => {
    let bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
    const end = (result: Reply<T> | Failure) => {
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError)
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
    const fail = (reason: Reason, found: string) => end(failure('proxy', reason, `The proxy ${proxy.host} ${found}`))
    const onAbort = () => end(aborted('proxy', signal))
    const onEnd = () => fail('proxy_reset', 'closed the connection before it had answered')
    const onError = (error: NodeJS.ErrnoException) =>
      fail('proxy_reset', `broke the connection: ${error.code ?? error.message}`)
    const onReadable = () => {
      const atMs = performance.now()
      const chunk: unknown = socket.read()
      if (!Buffer.isBuffer(chunk)) return
      bytes = Buffer.concat([bytes, chunk])
      const parsed = parse(bytes)
      if (parsed.state === 'malformed') fail('proxy_malformed', `does not speak its protocol: ${parsed.found}`)
      if (parsed.state !== 'done') return
      if (parsed.bytes < bytes.length) socket.unshift(bytes.subarray(parsed.bytes))
      end({ ok: true, value: parsed.value, atMs })
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError)
    // A socket that ended before we listened tells nobody again.
    if (socket.destroyed || socket.readableEnded) onEnd()
    else socket.write(request)
  })
}
