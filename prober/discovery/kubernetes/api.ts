/** Requests to a Kubernetes API server. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
import type { Dispatcher } from 'undici'
import type { ApiServer } from '../../config/schema.ts'
import { readSecret } from '../../config/secret.ts'
import { createConnector } from '../../net/connector.ts'
import { createDeadline, DeadlineExceeded } from '../../net/deadline.ts'
import type { TlsContexts } from '../../net/tls.ts'
import { createAgent } from '../../net/undici.ts'
import { type SourceFailure, sourceFailure } from '../failure.ts'
import { type Page, readEvents, readPage, readRefusal, type WatchEvent } from './answers.ts'
import { LineTooLong } from './lines.ts'

export interface Api extends AsyncDisposable {
  /** One page. */
  list(path: string, query: Query, signal: AbortSignal): Promise<Page | SourceFailure>
  /** Resolves when the stream has ended. */
  watch(
    path: string,
    query: WatchQuery,
    signal: AbortSignal,
    on: WatchEvents,
  ): Promise<{ readonly ok: true } | SourceFailure>
}

export type Query = Readonly<Record<string, string>>
/** After `timeoutSeconds` the server ends it. */
export type WatchQuery = Query & { readonly timeoutSeconds: string }

export interface WatchEvents {
  /** The server has agreed to tell of changes. */
  begun(): void
  event(event: WatchEvent): void
}

export interface ApiParts {
  readonly tlsContexts: TlsContexts
  readonly userAgent: string
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT say where the API of the own cluster is. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of a page, and until a watch begins. */
  readonly timeoutSeconds: number
}

/** A watch ends by itself after its `timeoutSeconds`; one whose connection has died unnoticed, so much later. */
const WATCH_GRACE_SECONDS = 15

export function createApi(server: ApiServer, parts: ApiParts): Api {
  const { tlsContexts, timeoutSeconds } = parts
  const connect = createConnector(server.tls, tlsContexts, { allowH2: false })
  // Every request has a deadline of its own, and a watch may be silent for minutes.
  const dispatcher = createAgent({ connect, headersTimeout: 0, bodyTimeout: 0 })
  const send = sender(server, parts, dispatcher)
  return {
    async list(path, query, signal) {
      using deadline = createDeadline(timeoutSeconds, signal)
      return await guarded(deadline.signal, async () => {
        const response = await send(path, query, deadline.signal)
        if ('ok' in response) return response
        return response.statusCode === 200 ? await readPage(response.body) : await readRefusal(response)
      })
    },
    async watch(path, query, signal, on) {
      using deadline = createDeadline(Number(query.timeoutSeconds) + WATCH_GRACE_SECONDS, signal)
      const isLate = () => deadline.end(new DeadlineExceeded(timeoutSeconds))
      const beginning = setTimeout(isLate, timeoutSeconds * 1000)
      return await guarded(deadline.signal, async () => {
        const response = await send(path, query, deadline.signal)
        clearTimeout(beginning)
        if ('ok' in response) return response
        if (response.statusCode !== 200) return await readRefusal(response)
        on.begun()
        return await readEvents(response.body, on.event)
      }).finally(() => clearTimeout(beginning))
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

function sender(server: ApiServer, { userAgent, environment }: ApiParts, dispatcher: Dispatcher) {
  const base = server.url ?? inClusterUrl(environment)
  return async (path: string, query: Query, signal: AbortSignal): Promise<Dispatcher.ResponseData | SourceFailure> => {
    if (base === undefined) return sourceFailure('unreachable', NOT_IN_CLUSTER)
    const token = await bearerToken(server, signal)
    if (!token.ok) return token
    const { origin, pathname } = new URL(base + path)
    return await dispatcher.request({
      ...{ origin, path: `${pathname}?${new URLSearchParams(query)}`, method: 'GET', signal },
      headers: { accept: 'application/json', 'user-agent': userAgent, ...token.headers },
    })
  }
}

const NOT_IN_CLUSTER =
  'this prober runs in no cluster (KUBERNETES_SERVICE_HOST is not set); write api_server and token_file'

function inClusterUrl(environment: ApiParts['environment']): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment
  return host === '' ? undefined : `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}

type Token = { readonly ok: true; readonly headers: Readonly<Record<string, string>> } | SourceFailure

/** Read at each request: the kubelet writes a new one every hour or so. */
async function bearerToken({ token }: ApiServer, signal: AbortSignal): Promise<Token> {
  if (token === undefined) return { ok: true, headers: {} }
  try {
    const text = await readSecret(token, signal)
    if (/^[\x21-\x7e]+$/.test(text)) return { ok: true, headers: { authorization: `Bearer ${text}` } }
    return sourceFailure('file_unreadable', 'token_file holds no token: it is empty, or more than one word')
  } catch (thrown) {
    return sourceFailure('file_unreadable', `token_file: ${messageOf(thrown)}`)
  }
}

/** What the network, TLS or a deadline did, as a value. */
async function guarded<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T | SourceFailure> {
  try {
    return await request()
  } catch (thrown) {
    if (signal.reason instanceof DeadlineExceeded)
      return sourceFailure('timeout', `the API server gave no answer within ${signal.reason.timeoutSeconds} s`)
    if (thrown instanceof LineTooLong)
      return sourceFailure('too_large', 'the API server sent an object that is too large')
    return sourceFailure('unreachable', `the API server cannot be reached: ${messageOf(thrown)}`)
  }
}

/** A name with several addresses that all refuse has only a code. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.message || String((thrown as NodeJS.ErrnoException).code ?? thrown.name)
}
