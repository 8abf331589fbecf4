/** Every route: blackbox_exporter's, `/-/ready` and the status page. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Loaded } from '../config/load.ts'
import type { ConfigStore } from '../config/reload.ts'
import { createRenderer } from '../metrics/exposition.ts'
import type { Runtime } from '../metrics/runtime.ts'
import type { Probe, ProbeRequest } from '../probes/probe.ts'
import type { Result } from '../probes/result.ts'
import type { History } from '../sinks/history.ts'
import type { Latest } from '../sinks/latest.ts'
import type { Paths } from '../sinks/paths.ts'
import type { Tally } from '../sinks/tally.ts'
import { createClientGone } from './client-gone.ts'
import { createScheduledFinder, freshResult } from './fresh.ts'
import { answerLogs } from './logs.ts'
import { createMetricsAnswer } from './metrics.ts'
import { createFormatChooser } from './negotiate.ts'
import { answerProbe, type ProbeParts } from './probe.ts'
import { queryOf } from './query.ts'
import { createSharedProbes } from './shared.ts'
import { answerTargets } from './targets.ts'
import { sendText } from './text.ts'
import { PAGE_HEADERS, statusPage } from './web/status-page.ts'

export interface AppParts {
  readonly version: string
  readonly store: ConfigStore
  readonly runtime: Runtime
  readonly history: History
  readonly latest: Latest
  readonly tally: Tally
  readonly paths: Paths
  readonly timeoutOffsetSeconds: number
  readonly probe: Probe
  readonly onResult: (module: string, result: Result) => void
  /** Asked for by `/-/reload`; the outcome is logged by whoever does it. */
  readonly reload: () => Promise<Loaded>
  /** What went wrong in us, for the log; the client only hears that it did. */
  readonly onBug: (error: unknown) => void
  /** Why not, in a sentence; undefined: ready. */
  readonly unready: () => string | undefined
  /** The machine's clock, which certificates end by. */
  readonly nowSeconds: () => number
  /** The schedule's, which never steps: for ages. */
  readonly scheduleSeconds: () => number
  /** `/` or a path such as `/sonde`, without a slash at its end. */
  readonly routePrefix: string
  /** Where `/` leads when there is a prefix. */
  readonly externalUrl: string | undefined
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined | void

export function createApp(parts: AppParts): RequestListener {
  const prefix = parts.routePrefix === '/' ? '' : parts.routePrefix
  const answers = new Map(Object.entries(routes(parts)).map(([path, answer]) => [prefix + path, answer]))
  const known = [...answers.keys()]
  if (prefix !== '') addPrefixRedirects(answers, prefix, parts.externalUrl)
  const answerUnknown: Answer = (_request, response) =>
    sendText(response, 404, `404 page not found; there are ${known.join(', ')}`)
  return (request, response) => {
    const answer = answers.get(pathOf(request.url ?? '')) ?? answerUnknown
    try {
      answer(request, response)?.catch((error: unknown) => answerBug(parts.onBug, error, response))
    } catch (error) {
      answerBug(parts.onBug, error, response)
    }
  }
}

/** Without the query; of a whole URL, as a proxy may send it (RFC 9112 §3.2.2), without what stands before the path. */
function pathOf(url: string): string {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '') || '/'
}

function routes(parts: AppParts): Readonly<Record<string, Answer>> {
  const { store, latest, history } = parts
  const config = () => store.current()
  const forProbe = probeParts(parts)
  return {
    '/probe': (request, response) => answerProbe(forProbe, request, response),
    '/metrics': createMetricsAnswer(parts),
    '/config': (_request, response) => sendText(response, 200, config().yaml),
    '/targets': (_request, response) => answerTargets(config(), response),
    '/logs': (request, response) => answerLogs({ config, history, latest }, request.url ?? '', response),
    '/-/healthy': (_request, response) => sendText(response, 200, 'Healthy'),
    '/-/ready': (_request, response) => answerReady(parts.unready(), response),
    '/-/reload': (request, response) => answerReload(parts, request, response),
    '/': (request, response) => void response.writeHead(200, PAGE_HEADERS).end(page(parts, request.url ?? '')),
  }
}

function probeParts(parts: AppParts): ProbeParts {
  const { store, runtime, history, latest, probe, onResult, timeoutOffsetSeconds, scheduleSeconds } = parts
  const run = (module: string, request: ProbeRequest, signal: AbortSignal) =>
    runtime.counted(module, () => probe(request, signal))
  return {
    config: () => store.current(),
    timeoutOffsetSeconds,
    chooseFormat: createFormatChooser(),
    render: createRenderer(),
    clientGone: createClientGone(),
    moduleUnknown: runtime.moduleUnknown,
    findScheduled: createScheduledFinder(),
    freshResult: (target, maxAgeSeconds) => freshResult(latest, target, maxAgeSeconds, scheduleSeconds()),
    shared: createSharedProbes(({ module }, request, signal) => run(module, request, signal), scheduleSeconds),
    run,
    remember(target, explained) {
      history.add({ target, ...explained })
      onResult(explained.module, explained.result)
    },
  }
}

function answerReady(why: string | undefined, response: ServerResponse): void {
  sendText(response, why === undefined ? 200 : 503, why ?? 'Ready')
}

async function answerReload({ reload }: AppParts, { method }: IncomingMessage, response: ServerResponse) {
  if (method !== 'POST' && method !== 'PUT') {
    return sendText(response, 405, 'This endpoint requires a POST request.', { allow: 'POST, PUT' })
  }
  const loaded = await reload()
  if (loaded.ok) response.writeHead(200).end()
  else sendText(response, 500, `failed to reload config: ${loaded.errors.join('\n')}`)
}

function page(parts: AppParts, url: string): string {
  const { version, store, history, latest, paths, nowSeconds, scheduleSeconds, unready } = parts
  const { modules } = store.current()
  return statusPage({
    version,
    nowSeconds: nowSeconds(),
    isReloaded: store.status().successful,
    unready: unready(),
    targets: latest.targets().map((target) => {
      const run = latest.of(target.name)
      return { target, result: run?.result, ageSeconds: scheduleSeconds() - (run?.endedSeconds ?? 0) }
    }),
    paths: paths.list(),
    recent: history.list(),
    modules: [...modules.keys()],
    isPaused: queryOf(url).get('refresh') === 'off',
  })
}

/** The page's links are relative: they need the slash at the end. */
function addPrefixRedirects(answers: Map<string, Answer>, prefix: string, externalUrl: string | undefined): void {
  const to =
    (status: number, location: string): Answer =>
    (_request, response) =>
      void response.writeHead(status, { location }).end()
  answers.set(prefix, to(301, `${prefix}/`))
  answers.set('/', to(302, externalUrl ?? `${prefix}/`))
}

function answerBug(onBug: AppParts['onBug'], error: unknown, response: ServerResponse): void {
  onBug(error)
  if (response.headersSent) response.destroy()
  else sendText(response, 500, 'Internal error; the log has the details')
}

/** A target of 64 KiB, each byte of it escaped, twice: it gets an answer about itself and not about headers. */
const MAX_HEADER_BYTES = 512 * 1024

/** Prometheus keeps idle connections for 5 minutes: who closes them first must not be us. */
const KEEP_ALIVE_MS = 310_000

export function createHttpServer(app: RequestListener): Server {
  // `import` would read each of its names, and one of them, `WebSocket`, loads a second undici: 6 MiB.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
    },
    app,
  )
  return server.on('clientError', answerClientError)
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The request line and headers are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time'],
}

function answerClientError({ code = '' }: NodeJS.ErrnoException, socket: Socket | NodeJS.WritableStream): void {
  if (!socket.writable || code === 'ECONNRESET') return void ('destroy' in socket && socket.destroy())
  const [status, message] = CLIENT_ERRORS[code] ?? ['400 Bad Request', 'This is not an HTTP/1.1 request']
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${message.length + 1}\r\nconnection: close`
  socket.end(`${head}\r\n\r\n${message}\n`)
}
