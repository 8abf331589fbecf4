import type { HttpModule } from '../../config/schema.ts'
import { aborted } from '../../net/deadline.ts'
import type { Failure } from '../../net/outcome.ts'
import type { HttpFacts } from '../result.ts'
import { type Body, createBody } from './body.ts'
import type { Exchanged, Flow, Head, Receiver, ResponseHeaders } from './exchange.ts'
import {
  checkBody,
  checkHeaders,
  checkJson,
  checkSsl,
  checkStatus,
  checkVersion,
  needsBody,
  usesCel,
} from './matchers.ts'
import { isRedirect, type Redirect, redirectOf } from './redirects.ts'

/** What was asked, as far as the answer's meaning depends on it. */
export interface HttpChecks {
  readonly url: URL
  readonly method: string
  /** false: a redirect is the final answer. */
  readonly mayFollow: boolean
}

/** One answer while it comes in, and what is to be said of it. */
export interface Answer {
  readonly receiver: Receiver
  /**
   * In blackbox_exporter's order: status, headers, decompression and size, body by regexp, body by CEL, version, TLS.
   * The first failure counts. A redirect: to be followed. undefined: a final answer without a fault.
   */
  judge(exchanged: Exchanged | Failure, signal: AbortSignal): Promise<Redirect | Failure | undefined>
  /** Whether it led elsewhere, followed or not. */
  redirected(): boolean
  headers(): ResponseHeaders
  /** For the log: values may be secrets. */
  headerNames(): string
  facts(): Omit<HttpFacts, 'redirects' | 'hops'>
}

const NO_HEADERS: ResponseHeaders = {}

export function createAnswer(module: HttpModule, asked?: HttpChecks): Answer {
  const ssl = asked?.url.protocol === 'https:'
  let head: Head | undefined
  let body: Body | undefined
  let redirect: Redirect | Failure | undefined
  let verdict: Failure | undefined
  let failedDueToRegex = false
  let failedDueToCel = false

  const onHead = (received: Head, flow: Flow): boolean => {
    head = received
    if (asked?.mayFollow) redirect = redirectOf(head.statusCode, locationOf(head), asked.url, asked.method)
    if (redirect !== undefined) return false
    verdict = checkStatus(head.statusCode, module.validStatusCodes)
    if (verdict === undefined) {
      verdict = checkHeaders(head.headers, module)
      failedDueToRegex = verdict !== undefined
    }
    const kept = verdict === undefined && needsBody(module)
    body = createBody({ compression: module.compression, limitBytes: module.bodySizeLimitBytes, kept }, flow)
    return true
  }

  const judgeBody = (text: string): Failure | undefined => {
    const byRegexp = checkBody(text, module)
    failedDueToRegex = byRegexp !== undefined
    if (byRegexp !== undefined || !usesCel(module)) return byRegexp
    const byCel = checkJson(text, module)
    failedDueToCel = byCel !== undefined
    return byCel
  }

  return {
    receiver: { onHead, onData: (chunk) => body?.write(chunk) ?? true },
    async judge(exchanged, signal) {
      using reading = body
      if (!exchanged.ok) return verdict ?? exchanged
      if (redirect !== undefined) return redirect
      if (reading !== undefined && head !== undefined) {
        // Before the verdict: the length is counted in any case.
        const unread = await reading.end(signal)
        verdict ??= unread ?? (signal.aborted ? aborted('check', signal) : undefined)
        if (needsBody(module)) verdict ??= judgeBody(reading.text())
        verdict ??= checkVersion(head.version, module.validHttpVersions) ?? checkSsl(ssl, module)
      }
      return verdict
    },
    redirected: () => head !== undefined && isRedirect(head.statusCode) && locationOf(head) !== undefined,
    headers: () => head?.headers ?? NO_HEADERS,
    headerNames: () => Object.keys(head?.headers ?? NO_HEADERS).join(' '),
    facts: () => ({
      statusCode: head?.statusCode ?? 0,
      contentLengthBytes: head === undefined ? 0 : contentLengthOf(head, asked?.method, body?.bytes() ?? 0),
      uncompressedBodyBytes: body?.bytes() ?? 0,
      ssl: head !== undefined && ssl,
      version: head?.version ?? 0,
      failedDueToRegex,
      failedDueToCel: usesCel(module) ? failedDueToCel : undefined,
      lastModifiedSeconds: head === undefined ? undefined : lastModifiedOf(head.headers),
    }),
  }
}

function locationOf({ headers }: Head): string | undefined {
  return firstValue(headers.location)
}

function firstValue(values: string | readonly string[] | undefined): string | undefined {
  return typeof values === 'object' ? values[0] : values
}

/** As Go's `Response.ContentLength`: -1 when it is unknown. RFC 9112 §6.3. */
function contentLengthOf(
  { statusCode, version, headers }: Head,
  method: string | undefined,
  bodyBytes: number,
): number {
  const given = firstValue(headers['content-length'])
  const announced = given !== undefined && /^\d+$/.test(given) ? Number(given) : -1
  if (method === 'HEAD') return announced
  if (statusCode < 200 || statusCode === 204 || statusCode === 304) return 0
  if (headers['transfer-encoding'] !== undefined) return -1
  return announced === -1 && version === 2 && bodyBytes === 0 ? 0 : announced
}

/** The three forms of RFC 9110 §5.6.7; Date.parse alone takes far more, and local time where no zone stands. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/

function lastModifiedOf(headers: ResponseHeaders): number | undefined {
  const text = firstValue(headers['last-modified'])
  if (text === undefined || !HTTP_DATE.test(text)) return undefined
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(ms) ? undefined : ms / 1000
}
