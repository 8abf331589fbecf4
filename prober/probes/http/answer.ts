import type { HttpModule } from '../../config/schema.ts'
import { aborted } from '../../net/deadline.ts'
import type { Failure } from '../../net/outcome.ts'
import type { HttpFacts } from '../result.ts'
import { type Body, createBody } from './body.ts'
import type { ResponseHead, ResponseHeaders } from '../../wire/http-response.ts'
import { readServerTiming } from '../../wire/server-timing.ts'
import type { Exchanged, Flow, Receiver } from './exchange.ts'
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
import { longestByName } from './processing.ts'
import { isRedirect, MAX_REDIRECTS, type Redirect, redirectOf } from './redirects.ts'

/** What was asked, as far as the answer's meaning depends on it. */
export interface HttpChecks {
  readonly url: URL
  readonly method: string
  /** false: a redirect is the final answer. */
  readonly mayFollow: boolean
  /** As many were followed as ever are. */
  readonly isLastHop: boolean
}

/** The rest is the probe's to tell. */
export type AnswerFacts = Omit<HttpFacts, 'redirects' | 'hops' | 'processingSplit' | 'traceId' | 'traceSampled'>

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
  facts(): AnswerFacts
}

const NO_HEADERS: ResponseHeaders = {}

/** What is known so far. */
interface State {
  head: ResponseHead | undefined
  body: Body | undefined
  redirect: Redirect | Failure | undefined
  /** The first failure. */
  verdict: Failure | undefined
  failedDueToRegex: boolean
  failedDueToCel: boolean
}

/** Without `asked`: the answer of a probe that never came to ask. */
export function createAnswer(module: HttpModule, asked?: HttpChecks): Answer {
  const state: State = {
    head: undefined,
    body: undefined,
    redirect: undefined,
    verdict: undefined,
    failedDueToRegex: false,
    failedDueToCel: false,
  }
  const headers = () => state.head?.headers ?? NO_HEADERS
  return {
    receiver: {
      onHead: (head, flow) => takeHead(state, module, asked, head, flow),
      onData: (chunk) => state.body?.write(chunk) ?? true,
    },
    judge: (exchanged, signal) => judge(state, module, asked, exchanged, signal),
    redirected: () => isRedirect(state.head?.statusCode ?? 0) && locationOf(headers()) !== undefined,
    headers,
    headerNames: () => headerNames(headers()),
    facts: () => factsOf(state, module, asked),
  }
}

/** false: nothing of the body is wanted, since there is a redirect to follow. */
function takeHead(
  state: State,
  module: HttpModule,
  asked: HttpChecks | undefined,
  head: ResponseHead,
  flow: Flow,
): boolean {
  const { statusCode, headers } = head
  state.head = head
  if (asked?.mayFollow) state.redirect = redirectOf(statusCode, locationOf(headers), asked.url, asked.method)
  if (state.redirect !== undefined) return false
  const verdict = checkStatus(statusCode, module.validStatusCodes)
  const isCutOff = asked?.isLastHop === true && isRedirect(statusCode) && locationOf(headers) !== undefined
  state.verdict = isCutOff && verdict !== undefined ? afterRedirects(verdict) : verdict
  if (state.verdict === undefined) {
    state.verdict = checkHeaders(headers, module)
    state.failedDueToRegex = state.verdict !== undefined
  }
  const kept = state.verdict === undefined && needsBody(module)
  state.body = createBody({ compression: module.compression, limitBytes: module.bodySizeLimitBytes, kept }, flow)
  return true
}

function afterRedirects(verdict: Failure): Failure {
  const why = `it came after ${MAX_REDIRECTS} redirects, the most that are followed: is this a loop?`
  return { ...verdict, message: `${verdict.message}; ${why}` }
}

async function judge(
  state: State,
  module: HttpModule,
  asked: HttpChecks | undefined,
  exchanged: Exchanged | Failure,
  signal: AbortSignal,
): Promise<Redirect | Failure | undefined> {
  using body = state.body
  if (!exchanged.ok) return state.verdict ?? exchanged
  if (state.redirect !== undefined || body === undefined) return state.redirect
  // Before the verdict: the length is counted in any case.
  const unread = await body.end(signal)
  state.verdict ??= unread ?? (signal.aborted ? aborted('check', signal) : undefined)
  if (needsBody(module)) state.verdict ??= judgeBody(state, module, body)
  state.verdict ??= checkVersion(exchanged.head.version, module.validHttpVersions)
  return state.verdict ?? checkSsl(isSsl(asked), module)
}

function judgeBody(state: State, module: HttpModule, body: Body): Failure | undefined {
  const text = body.text()
  const byRegexp = checkBody(text, module)
  state.failedDueToRegex = byRegexp !== undefined
  if (byRegexp !== undefined || !usesCel(module)) return byRegexp
  const byCel = checkJson(text, module)
  state.failedDueToCel = byCel !== undefined
  return byCel
}

function factsOf(
  { head, body, failedDueToRegex, failedDueToCel }: State,
  module: HttpModule,
  asked: HttpChecks | undefined,
): AnswerFacts {
  const bodyBytes = body?.bytes() ?? 0
  return {
    statusCode: head?.statusCode ?? 0,
    contentLengthBytes: head === undefined ? 0 : contentLengthOf(head, asked?.method, bodyBytes),
    uncompressedBodyBytes: bodyBytes,
    ssl: head !== undefined && isSsl(asked),
    version: head?.version ?? 0,
    failedDueToRegex,
    failedDueToCel: usesCel(module) ? failedDueToCel : undefined,
    lastModifiedSeconds: head === undefined ? undefined : lastModifiedOf(head.headers),
    serverTimings: longestByName(readServerTiming(head?.headers['server-timing'])),
  }
}

function isSsl(asked: HttpChecks | undefined): boolean {
  return asked?.url.protocol === 'https:'
}

/** A server may send 256 KiB of them, and results are kept in hundreds. */
const MAX_NAMES_SHOWN = 100
const LONGEST_NAME_SHOWN = 60

function headerNames(headers: ResponseHeaders): string {
  const names = Object.keys(headers)
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => name.slice(0, LONGEST_NAME_SHOWN))
  return names.length > shown.length ? `${shown.join(' ')} and ${names.length - shown.length} more` : shown.join(' ')
}

function locationOf(headers: ResponseHeaders): string | undefined {
  return firstValue(headers.location)
}

function firstValue(values: string | readonly string[] | undefined): string | undefined {
  return typeof values === 'object' ? values[0] : values
}

/** As Go's `Response.ContentLength`: -1 when it is unknown. RFC 9112 §6.3. */
function contentLengthOf(
  { statusCode, version, headers }: ResponseHead,
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
