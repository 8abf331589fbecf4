import type { HttpModule } from '../../config/schema.ts'
import type { Failure, Outcome } from '../../net/outcome.ts'
import type { Address } from '../../net/resolve.ts'
import { withoutPort } from '../hostname.ts'
import type { TraceParent } from '../../wire/traceparent.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { type Probing, probed } from '../probing.ts'
import { type Findings, noFindings } from '../reach.ts'
import type { Hop, HttpFacts, HttpResult } from '../result.ts'
import { startSpan, startTrace, type Trace, traceFields } from '../trace.ts'
import { type Answer, createAnswer, type HttpChecks } from './answer.ts'
import { bareHost, type Connection, openConnection, routeOf } from './connection.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { exchange } from './exchange.ts'
import type { Token, TokenStore } from './oauth2.ts'
import { MAX_REDIRECTS, mayHoldCredentials, type Redirect, stayingAt } from './redirects.ts'
import { splitProcessing } from './processing.ts'
import { authorized, type Draft, draftRequest, hasField, outgoing } from './request.ts'
import { type HttpTarget, maskTarget, parseTarget, shownUrl, type UrlCredentials } from './target.ts'

/** What one probe keeps while it runs; its `findings` are of the first hop, but for TLS: of the last that used it. */
interface Run extends Probing {
  readonly module: HttpModule
  readonly staysAtTarget: boolean
  readonly cookies: Cookies
  readonly known: Map<string, Address>
  readonly hops: Hop[]
  redirects: number
  /** What the target was given to let us in. */
  token: Token | undefined
  trace: Trace | undefined
  /** Of the request that is made now. */
  span: TraceParent | undefined
  answer: Answer | undefined
}

/** One URL to ask, and what may go there. */
interface Visit {
  readonly url: URL
  readonly method: string
  readonly withBody: boolean
  /** A Host header other than the URL's. */
  readonly host: string | undefined
  readonly serverName: string | undefined
  readonly credentials: UrlCredentials | undefined
  /** Once a redirect has led away, the module's credentials stay home for good (as Go since CVE-2024-45336). */
  readonly trusted: boolean
}

export function probeHttp(
  request: ProbeRequest,
  module: HttpModule,
  network: Network,
  tokens: TokenStore,
  parent: AbortSignal,
): Promise<HttpResult> {
  const kept: { run?: Run } = {}
  return probed(
    request,
    maskTarget(request.target),
    network,
    parent,
    (probing) => {
      kept.run = {
        ...probing,
        module,
        staysAtTarget: request.staysAtTarget ?? false,
        cookies: createCookies(),
        known: new Map(),
        hops: [],
        redirects: 0,
        token: undefined,
        trace: undefined,
        span: undefined,
        answer: undefined,
      }
      return ask(request, kept.run, tokens)
    },
    (base) => ({ ...base, prober: 'http', http: factsOf(module, kept.run) }),
  )
}

function factsOf(module: HttpModule, run: Run | undefined): HttpFacts {
  const facts = (run?.answer ?? createAnswer(module)).facts()
  const hops = run?.hops ?? []
  return {
    ...facts,
    processingSplit: splitProcessing(facts.serverTimings, module.applicationTimings, hops.at(-1)?.phases.processing),
    traceId: run?.trace?.traceId,
    traceSampled: run?.trace?.sampled ?? false,
    redirects: run?.redirects ?? 0,
    hops,
  }
}

async function ask(request: ProbeRequest, run: Run, tokens: TokenStore): Promise<Outcome> {
  const { module, signal, log } = run
  const target = parseTarget(request.target)
  if (!target.ok) return target
  log.debug('Beginning probe', { target: shownUrl(target.url), timeout_seconds: request.timeoutSeconds })
  const draft = await withToken(await draftRequest(module, request.hostname, signal), run, tokens)
  if (!draft.ok) return draft
  run.trace = traceOf(module, draft)
  const outcome = await follow(firstVisit(target, draft, module), draft, run)
  const refused = run.answer?.facts().statusCode === 401 ? run.token : undefined
  if (refused !== undefined && module.auth.kind === 'oauth2') tokens.forget(module.auth.oauth2, refused)
  return outcome
}

/** undefined: the module asks for none, or sends a `traceparent` of its own. */
function traceOf({ trace }: HttpModule, { fields }: Draft): Trace | undefined {
  return trace === undefined || hasField(fields, 'traceparent') ? undefined : startTrace(trace)
}

async function withToken(draft: Draft | Failure, run: Run, tokens: TokenStore): Promise<Draft | Failure> {
  const { auth } = run.module
  if (!draft.ok || auth.kind !== 'oauth2') return draft
  run.watch.enter('token')
  const token = await tokens.token(run.module, auth.oauth2, run.signal)
  if (!token.ok) return token
  run.token = token
  run.watch.enter('prepare')
  return authorized(draft, token.authorization)
}

function firstVisit({ url, credentials }: HttpTarget, draft: Draft, module: HttpModule): Visit {
  const serverName = module.tls.serverName ?? (draft.host === undefined ? undefined : withoutPort(draft.host))
  const { method } = module
  return { url, method, withBody: true, host: draft.host, serverName, credentials, trusted: true }
}

async function follow(first: Visit, draft: Draft, run: Run): Promise<Outcome> {
  let visit = first
  for (;;) {
    const next = await hop(visit, draft, run)
    if (next === undefined) return { ok: true }
    if (!next.ok) return next
    const redirect = run.staysAtTarget ? stayingAt(first.url, first.host, next) : next
    visit = visitOf(redirect, visit, first, run.module)
    run.watch.startHop()
  }
}

function visitOf(redirect: Redirect, from: Visit, first: Visit, module: HttpModule): Visit {
  const { url, method, keepsBody, relative } = redirect
  const home = url.hostname === first.url.hostname
  const host = redirect.host ?? (relative ? from.host : undefined)
  return {
    url,
    method,
    withBody: keepsBody && from.withBody,
    host,
    serverName: (home ? module.tls.serverName : undefined) ?? (host === undefined ? undefined : withoutPort(host)),
    credentials: redirect.credentials ?? (mayHoldCredentials(from.url, url) ? from.credentials : undefined),
    trusted: from.trusted && mayHoldCredentials(first.url, url),
  }
}

/** One URL asked and its answer judged; undefined: all is well and there is nothing to follow. */
async function hop(visit: Visit, draft: Draft, run: Run): Promise<Redirect | Failure | undefined> {
  const findings = noFindings()
  const answer = createAnswer(run.module, checksOf(visit, run))
  run.answer = answer
  run.span = run.trace === undefined ? undefined : startSpan(run.trace)
  const connection = await connect(visit, draft, findings, run)
  if (run.hops.length === 0) Object.assign(run.findings, findings)
  else run.findings.tls = findings.tls ?? run.findings.tls
  const outcome = connection.ok ? await converse(connection, answer, visit, draft, run) : connection
  const { statusCode } = answer.facts()
  run.hops.push({
    url: shownUrl(visit.url),
    method: visit.method,
    address: findings.address,
    statusCode,
    ...run.watch.hop(),
    tls: findings.tls,
    spanId: run.span?.spanId,
  })
  run.watch.enter('other')
  return outcome
}

function checksOf({ url, method }: Visit, run: Run): HttpChecks {
  const isLastHop = run.redirects >= MAX_REDIRECTS
  return { url, method, mayFollow: run.module.followRedirects && !isLastHop, isLastHop }
}

function connect(visit: Visit, draft: Draft, findings: Findings, run: Run): Promise<Connection | Failure> {
  // HTTP/2 knows no Upgrade header (RFC 9113 §8.2.2).
  const http2 = run.module.http2 && draft.upgrade === undefined
  const route = routeOf(run.module, visit.url, visit.serverName ?? bareHost(visit.url), http2)
  const { network, watch: clock, known, signal } = run
  return openConnection(route, findings, { network, clock, known, signal })
}

async function converse(
  connection: Connection,
  answer: Answer,
  visit: Visit,
  draft: Draft,
  run: Run,
): Promise<Redirect | Failure | undefined> {
  const { watch, log, cookies, signal } = run
  const host = visit.host ?? visit.url.host
  const sent = { ...visit, host, cookies: cookies.headerFor(visit.url), proxied: connection.proxied, span: run.span }
  const request = outgoing(draft, sent, run.network.userAgent ?? 'Sonde')
  log.debug('Making HTTP request', { url: shownUrl(visit.url), host, method: visit.method, ...traceFields(run.span) })
  const exchanged = await exchange(connection, request, answer.receiver, watch, signal)
  watch.enter('check', exchanged.ok ? exchanged.atMs : undefined)
  const { statusCode } = answer.facts()
  if (statusCode > 0) log.debug('Received HTTP response', { status_code: statusCode, headers: answer.headerNames() })
  const judged = await answer.judge(exchanged, signal)
  if (answer.redirected()) run.redirects += 1
  if (judged === undefined || !judged.ok) return judged
  log.debug('Received redirect', { location: shownUrl(judged.url) })
  await cookies.keep(answer.headers(), visit.url)
  return judged
}
