/** What stands between users and the service, and hands each request on: the demo's edge, gateway and service. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Listening, LOOPBACK, listenOnLoopback, type Opened } from './loopback.ts'

export interface Relay {
  /** Answers a request with what stands behind, or as it was told to misbehave. */
  handle(incoming: IncomingMessage, response: ServerResponse): void
  /** Every request waits so long before it goes on. */
  delay(seconds: number): void
  /** It answers 503 by itself, or works again. */
  fail(isBroken: boolean): void
}

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

/** `proto`: by which users came; only where they arrive is it known. */
export function createRelay(upstreamPort: () => number, proto?: 'https'): Relay {
  const state = { delaySeconds: 0, isBroken: false }
  return {
    handle(incoming, response) {
      if (state.isBroken) answerItself(response, 503, 'this hop is broken')
      else void forward(incoming, response, { proto, port: upstreamPort(), delaySeconds: state.delaySeconds })
    },
    delay(seconds) {
      state.delaySeconds = seconds
    },
    fail(isBroken) {
      state.isBroken = isBroken
    },
  }
}

export type RelayServer = Relay & Listening

/** `flag` is what a person changes when the port is taken. */
export async function startRelay(port: number, flag: string, upstreamPort: () => number): Promise<Opened<RelayServer>> {
  const relay = createRelay(upstreamPort)
  const listening = await listenOnLoopback(createServer(relay.handle), port, flag)
  return listening.ok ? { ok: true, value: { ...relay, ...listening.value } } : listening
}

interface Onward {
  readonly proto: string | undefined
  readonly port: number
  readonly delaySeconds: number
}

async function forward(incoming: IncomingMessage, response: ServerResponse, { proto, port, delaySeconds }: Onward) {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (delaySeconds > 0) await wait(delaySeconds * 1000, undefined, { signal: gone.signal }).catch(() => undefined)
  if (gone.signal.aborted) return
  const upstream = request({
    host: LOOPBACK,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: forwardedHeaders(incoming, proto),
    agent: false,
    signal: gone.signal,
    timeout: UPSTREAM_MS,
  })
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...endToEnd(answer.headers), connection: 'close' })
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  upstream.once('timeout', () => answerItself(response, 504, 'the next hop did not answer in time'))
  upstream.once('error', () => answerItself(response, 502, 'the next hop cannot be reached'))
  incoming.pipe(upstream)
}

function forwardedHeaders(incoming: IncomingMessage, proto: string | undefined): NodeJS.Dict<string | string[]> {
  const headers = { ...endToEnd(incoming.headers), connection: 'close' }
  if (proto === undefined) return headers
  return { ...headers, 'x-forwarded-proto': proto, 'x-forwarded-for': incoming.socket.remoteAddress }
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
