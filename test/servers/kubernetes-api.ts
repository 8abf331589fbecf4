/**
 * A Kubernetes API server as far as list and watch go: versions, pages, chunked events, bookmarks, 410, rights, tokens.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../cli/demo/authority.ts'
import { serveHttp } from './http.ts'

export interface Manifest {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: unknown
  readonly status?: unknown
}

export interface SeenRequest {
  readonly verb: 'list' | 'watch'
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly authorization: string | undefined
}

/** What is done with a request instead of answering it; false: it is answered after all. */
export type Instead = (request: SeenRequest, response: ServerResponse) => boolean

export interface KubernetesApi extends AsyncDisposable {
  readonly url: string
  /** All so far. */
  readonly requests: readonly SeenRequest[]
  /** Resolves with the first request for which it is true, of those that came or will come after the first `after`. */
  request(isWanted: (request: SeenRequest) => boolean, after?: number): Promise<SeenRequest>
  /** Adds or changes an object; `resource` as in its path: `networking.k8s.io/v1/ingresses`. */
  put(resource: string, manifest: Manifest): void
  remove(resource: string, namespace: string, name: string): void
  /** Objects that there are. */
  size(): number
  /** To all watches; returns its version. */
  bookmark(): string
  /** Forgets all that has happened: who watches from before gets 410. */
  compact(): void
  /** Ends all watches, as servers do after a while. */
  end(): void
  /** Cuts the connections of all watches. */
  cut(): void
  /** From now on each request goes through it first. */
  instead: Instead
  /** Resources that the cluster does not have. */
  readonly missing: Set<string>
  /** `list ingresses`: what the ServiceAccount may not do. */
  readonly forbidden: Set<string>
  /** Bearer tokens that are taken; empty: any, or none. */
  readonly tokens: Set<string>
}

interface Event {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly object: StoredObject
}

type StoredObject = Manifest & { readonly metadata: { readonly namespace: string; readonly resourceVersion: string } }

interface OpenWatch {
  readonly resource: string
  readonly namespace: string | undefined
  readonly response: ServerResponse
}

/** Each event is written in pieces of so many bytes, so that no boundary is where a reader might wish it. */
const PIECE_BYTES = 7

export async function serveKubernetesApi(identity?: Identity): Promise<KubernetesApi> {
  const objects = new Map<string, StoredObject>()
  const requests: SeenRequest[] = []
  const waiting = new Set<() => void>()
  const watches = new Set<OpenWatch>()
  let events: Event[] = []
  let version = 1000
  let oldest = version

  function happen(type: Event['type'], resource: string, object: StoredObject): void {
    const event = { version, type, resource, object }
    events.push(event)
    for (const watch of watches) if (concerns(watch, event)) write(watch.response, { type, object })
  }

  const api: Omit<KubernetesApi, 'url' | typeof Symbol.asyncDispose> = {
    requests,
    instead: () => false,
    missing: new Set(),
    forbidden: new Set(),
    tokens: new Set(),
    request: (isWanted, after = 0) =>
      new Promise((resolve) => {
        const look = () => {
          const found = requests.slice(after).find(isWanted)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    put(resource, manifest) {
      version += 1
      const { namespace = 'default' } = manifest.metadata
      const object = { ...manifest, metadata: { ...manifest.metadata, namespace, resourceVersion: String(version) } }
      const key = keyOf(resource, namespace, manifest.metadata.name)
      const type = objects.has(key) ? 'MODIFIED' : 'ADDED'
      objects.set(key, object)
      happen(type, resource, object)
    },
    remove(resource, namespace, name) {
      const key = keyOf(resource, namespace, name)
      const object = objects.get(key)
      if (object === undefined) throw new Error(`there is no ${key}`)
      version += 1
      objects.delete(key)
      // The last event tells of the object as it was, under the version of its end.
      happen('DELETED', resource, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
    },
    size: () => objects.size,
    bookmark() {
      version += 1
      for (const { response } of watches)
        write(response, { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } })
      return String(version)
    },
    compact() {
      version += 1
      oldest = version
      events = []
    },
    end() {
      for (const { response } of watches) response.end()
    },
    cut() {
      for (const { response } of watches) response.destroy()
    },
  }

  function list(
    response: ServerResponse,
    resource: string,
    namespace: string | undefined,
    query: SeenRequest['query'],
  ) {
    const matching = [...objects].filter(
      ([key, object]) =>
        key.startsWith(`${resource} `) && isSelected(object, query.labelSelector) && isIn(object, namespace),
    )
    const start = Number(query.continue ?? 0)
    const end = start + Number(query.limit ?? matching.length)
    const metadata = { resourceVersion: String(version), ...(end < matching.length ? { continue: String(end) } : {}) }
    answer(response, 200, { kind: 'List', metadata, items: matching.slice(start, end).map(([, object]) => object) })
  }

  function watch(response: ServerResponse, open: OpenWatch, from: number): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < oldest) {
      write(response, { type: 'ERROR', object: status(410, 'too old resource version') })
      return void response.end()
    }
    for (const event of events)
      if (event.version > from && concerns(open, event)) write(response, { type: event.type, object: event.object })
    watches.add(open)
    response.once('close', () => watches.delete(open))
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://api')
    const query = Object.fromEntries(url.searchParams)
    const verb = query.watch === 'true' ? 'watch' : 'list'
    const seen: SeenRequest = { verb, path: url.pathname, query, authorization: request.headers.authorization }
    requests.push(seen)
    for (const look of [...waiting]) look()
    if (api.instead(seen, response)) return
    const token = seen.authorization?.replace('Bearer ', '') ?? ''
    if (api.tokens.size > 0 && !api.tokens.has(token)) return void answer(response, 401, status(401, 'Unauthorized'))
    const [, group = '', apiVersion = '', namespace, plural = ''] =
      /^\/apis?(?:\/([^/]+\.[^/]+))?\/(v\w+)(?:\/namespaces\/([^/]+))?\/(\w+)$/.exec(url.pathname) ?? []
    const resource = [group, apiVersion, plural].filter((part) => part !== '').join('/')
    if (plural === '' || api.missing.has(resource)) return void response.writeHead(404).end('404 page not found\n')
    if (api.forbidden.has(`${verb} ${plural}`))
      return void answer(
        response,
        403,
        status(403, `${plural} is forbidden: User "system:serviceaccount:x:sonde" cannot ${verb}`),
      )
    if (verb === 'list') list(response, resource, namespace, query)
    else watch(response, { resource, namespace, response }, Number(query.resourceVersion))
  }

  const server = await serveHttp(handle, identity === undefined ? {} : { identity })
  return Object.assign(api, { url: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() })
}

function keyOf(resource: string, namespace: string, name: string): string {
  return `${resource} ${namespace}/${name}`
}

function isIn({ metadata }: StoredObject, namespace: string | undefined): boolean {
  return namespace === undefined || metadata.namespace === namespace
}

/** `key=value` is all that is understood. */
function isSelected({ metadata }: StoredObject, selector: string | undefined): boolean {
  const [key = '', value] = selector?.split('=') ?? []
  return selector === undefined || metadata.labels?.[key] === value
}

function concerns({ resource, namespace }: OpenWatch, event: Event): boolean {
  return event.resource === resource && isIn(event.object, namespace)
}

function status(code: number, message: string) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function write(response: ServerResponse, event: unknown): void {
  const line = Buffer.from(`${JSON.stringify(event)}\n`)
  for (let at = 0; at < line.length; at += PIECE_BYTES) response.write(line.subarray(at, at + PIECE_BYTES))
}
