/**
 * What stands between users and the service: TLS ends here, each request goes on to the service. A stand-in for an
 * ingress that can be told to misbehave as ingresses do.
 */
import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { type Authority, createAuthority, type Identity } from './authority.ts'
import { type Listening, LOOPBACK, listenOnLoopback, type Opened } from './loopback.ts'

export const CERTIFICATES = ['valid', 'expired', 'wrong-name'] as const
export type EdgeCertificate = (typeof CERTIFICATES)[number]

export interface Edge extends Listening {
  /** What verifies the edge's certificate. */
  readonly authorityPem: string
  /** From the next connection on. */
  serve(certificate: EdgeCertificate): void
  /** Every request waits so long before it goes on to the service. */
  delay(seconds: number): void
}

const DAY_MS = 86_400_000
/** A service that does not answer holds a user no longer: 504, as ingresses do. */
const UPSTREAM_MS = 10_000

/** RFC 9110 §7.6.1: they speak of one connection, and here are two. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

export async function startEdge(port: number, servicePort: () => number): Promise<Opened<Edge>> {
  const authority = await createAuthority('CN=Sonde demo CA')
  const identities = await issueAll(authority)
  const state = { delaySeconds: 0 }
  const server = createHttpsServer(tlsOptions(identities.valid), (incoming, response) => {
    void forward(incoming, response, servicePort(), state.delaySeconds)
  })
  const listening = await listenOnLoopback(server, port, '--edge-port')
  if (!listening.ok) return listening
  const edge: Edge = {
    ...listening.value,
    authorityPem: authority.certPem,
    serve: (certificate) => server.setSecureContext(tlsOptions(identities[certificate])),
    delay(seconds) {
      state.delaySeconds = seconds
    },
  }
  return { ok: true, value: edge }
}

/** Plain http in front of it: where people who type no scheme arrive. */
export function startRedirect(port: number, edgePort: number): Promise<Opened<Listening>> {
  const server = createHttpServer((incoming, response) => {
    const location = `https://localhost:${edgePort}${incoming.url?.startsWith('/') ? incoming.url : '/'}`
    response.writeHead(301, { location, connection: 'close', 'content-length': 0 }).end()
  })
  return listenOnLoopback(server, port, '--redirect-port')
}

async function issueAll(authority: Authority): Promise<Readonly<Record<EdgeCertificate, Identity>>> {
  const now = Date.now()
  const own = { subject: 'CN=localhost', dnsNames: ['localhost'], ips: [LOOPBACK] }
  const past = { notBefore: new Date(now - 92 * DAY_MS), notAfter: new Date(now - 2 * DAY_MS) }
  const [valid, expired, elsewhere] = await Promise.all([
    authority.issue({ ...own, notAfter: new Date(now + 90 * DAY_MS) }),
    authority.issue({ ...own, ...past }),
    authority.issue({ subject: 'CN=elsewhere.example', dnsNames: ['elsewhere.example'] }),
  ])
  return { valid, expired, 'wrong-name': elsewhere }
}

function tlsOptions({ certPem, keyPem }: Identity) {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' as const }
}

async function forward(incoming: IncomingMessage, response: ServerResponse, port: number, delaySeconds: number) {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (delaySeconds > 0) await wait(delaySeconds * 1000, undefined, { signal: gone.signal }).catch(() => undefined)
  if (gone.signal.aborted) return
  const upstream = request({
    host: LOOPBACK,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: forwardedHeaders(incoming),
    agent: false,
    signal: gone.signal,
    timeout: UPSTREAM_MS,
  })
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...endToEnd(answer.headers), connection: 'close' })
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  upstream.once('timeout', () => answerItself(response, 504, 'the service did not answer in time'))
  upstream.once('error', () => answerItself(response, 502, 'the service cannot be reached'))
  incoming.pipe(upstream)
}

function forwardedHeaders(incoming: IncomingMessage): NodeJS.Dict<string | string[]> {
  return {
    ...endToEnd(incoming.headers),
    connection: 'close',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': incoming.socket.remoteAddress,
  }
}

function endToEnd(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const named = (headers.connection?.toString() ?? '').split(',').map((name) => name.trim().toLowerCase())
  const dropped = new Set([...HOP_BY_HOP, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)))
}

function answerItself(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`)
}
