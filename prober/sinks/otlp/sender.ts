/**
 * Requests to a collector: OTLP over HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. Not the SDK's own: that
 * reads OTEL_* behind our back, and its pauses between two tries hold a process that wants to stop.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { OtlpConfig } from '../../config/schema.ts'
import { createConnector } from '../../net/connector.ts'
import { createDeadline, type Deadline, DeadlineExceeded } from '../../net/deadline.ts'
import type { TlsContexts } from '../../net/tls.ts'
import { createAgent } from '../../net/undici.ts'
import { readHeaderValue, wireText } from '../../probes/http/request.ts'

export interface Answer {
  readonly ok: true
  /** undefined: it said nothing that OTLP knows. */
  readonly message: Uint8Array | undefined
}

/** `message`: one sentence for the log, without a secret. */
export interface NotSent {
  readonly ok: false
  readonly message: string
}

export interface Sender extends AsyncDisposable {
  /** `path`: below the endpoint. Ends by the configured timeout, or at once when the sender is disposed. */
  send(path: string, message: Uint8Array): Promise<Answer | NotSent>
}

/** Trying again may help: after so long, where the collector said it. */
interface Temporary extends NotSent {
  readonly retryAfterSeconds: number | undefined
}

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const TEMPORARY = new Set([429, 502, 503, 504])
const MOST_TRIES = 6
const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 5
/** A partial success takes some hundred bytes. */
const LONGEST_ANSWER_BYTES = 65_536

const compressed = promisify(gzip)
// `import` would read each of its names, and one of them, `WebSocket`, loads a second undici: 6 MiB.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export function createSender(config: OtlpConfig, tlsContexts: TlsContexts, userAgent: string): Sender {
  const closed = new AbortController()
  const dispatcher = createAgent({ connect: createConnector(config.tls, tlsContexts) })
  return {
    async send(path, message) {
      using deadline = createDeadline(config.timeoutSeconds, closed.signal)
      const body = config.compression === 'gzip' ? await compressed(message) : message
      return await persistently(() => sendOnce(config, { path, body, userAgent }, dispatcher, deadline), deadline)
    },
    async [Symbol.asyncDispose]() {
      closed.abort()
      await dispatcher.destroy()
    },
  }
}

async function persistently(
  send: () => Promise<Answer | NotSent | Temporary>,
  deadline: Deadline,
): Promise<Answer | NotSent> {
  let before: Temporary | undefined
  for (let tries = 1; ; tries += 1) {
    const tried = await send()
    // What was wrong says more than that there was no time left for one more try.
    if (!tried.ok && before !== undefined && deadline.signal.aborted) return before
    if (!('retryAfterSeconds' in tried) || tries === MOST_TRIES) return tried
    before = tried
    const own = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 1.5 ** (tries - 1))
    const pauseSeconds = tried.retryAfterSeconds ?? own
    if (pauseSeconds >= deadline.remainingSeconds()) return tried
    const isOver = await wait(pauseSeconds * 1000, false, { signal: deadline.signal }).catch(() => true)
    if (isOver) return tried
  }
}

interface Message {
  readonly path: string
  readonly body: Uint8Array
  readonly userAgent: string
}

async function sendOnce(
  config: OtlpConfig,
  { path, body, userAgent }: Message,
  dispatcher: Dispatcher,
  { signal }: Deadline,
): Promise<Answer | NotSent | Temporary> {
  try {
    const url = new URL(`${config.endpoint}${path}`)
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname,
      method: 'POST',
      headers: { ...(await configuredHeaders(config, signal)), ...ownHeaders(config, userAgent) },
      body,
      signal,
    })
    return judge(response, await readAnswer(response.body))
  } catch (error) {
    const failed: NotSent = { ok: false, message: reasonOf(error, signal) }
    return isTemporary(error) ? { ...failed, retryAfterSeconds: undefined } : failed
  }
}

function ownHeaders({ compression }: OtlpConfig, userAgent: string): Record<string, string> {
  return {
    'content-type': 'application/x-protobuf',
    'user-agent': userAgent,
    ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  }
}

async function configuredHeaders({ headers }: OtlpConfig, signal: AbortSignal): Promise<Record<string, string[]>> {
  const read: Record<string, string[]> = {}
  for (const { name, values } of headers) {
    const texts: string[] = []
    for (const source of values) texts.push(wireText(await readHeaderValue(name, source, signal)))
    read[name.toLowerCase()] = texts
  }
  return read
}

async function readAnswer(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function judge({ statusCode, headers }: Dispatcher.ResponseData, message: Buffer): Answer | NotSent | Temporary {
  const type = String(headers['content-type'] ?? '').toLowerCase()
  if (statusCode >= 200 && statusCode < 300) {
    if (type.startsWith('text/html')) return { ok: false, message: NO_COLLECTOR }
    return { ok: true, message: type.startsWith('application/x-protobuf') ? message : undefined }
  }
  const text = `The collector answered ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trimEnd()
  if (!TEMPORARY.has(statusCode)) return { ok: false, message: `${text}${hintOf(statusCode)}` }
  return { ok: false, message: text, retryAfterSeconds: retryAfter(headers['retry-after']?.toString()) }
}

const NO_COLLECTOR = 'The endpoint answered with a web page: it is no collector'

function hintOf(statusCode: number): string {
  if (statusCode === 401 || statusCode === 403) return ': it wants other credentials, see headers'
  if (statusCode === 404) return ': is the endpoint right, and does it take this signal?'
  return statusCode >= 300 && statusCode < 400 ? ': redirects are not followed' : ''
}

/** RFC 9110 §10.2.3: seconds or a date; undefined: neither. */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : Math.max(0, (atMs - Date.now()) / 1000)
}

/** The network's; not TLS that cannot be verified, a file that cannot be read, or an answer that is no HTTP. */
const TEMPORARY_ERRORS = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'],
])

function isTemporary(error: unknown): boolean {
  return error instanceof Error && TEMPORARY_ERRORS.has(String((error as NodeJS.ErrnoException).code))
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.reason instanceof DeadlineExceeded) return `No answer within ${signal.reason.timeoutSeconds} s`
  if (signal.aborted) return 'The prober or its configuration changed before an answer'
  if (!(error instanceof Error)) return String(error)
  // A name with several addresses that all refuse has only a code.
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
}
