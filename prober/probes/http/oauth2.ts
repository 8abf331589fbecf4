import type { HttpModule, OAuth2Config } from '../../config/schema.ts'
import { readSecret } from '../../config/secret.ts'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure } from '../../net/outcome.ts'
import type { Network } from '../probe.ts'
import { noFindings } from '../reach.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { bareHost, openConnection } from './connection.ts'
import type { ResponseHead } from '../../wire/http-response.ts'
import { exchange, type Flow, type OutgoingRequest, type Receiver } from './exchange.ts'
import { basicOf, unreadable } from './request.ts'
import { parseHttpUrl } from './target.ts'

export interface Token {
  readonly ok: true
  /** The value of an Authorization header. */
  readonly authorization: string
}

/** Client-credentials tokens (RFC 6749 §4.4), one per configuration object, kept until they expire. */
export interface TokenStore {
  /** Probes that ask at the same moment share one call; it ends when none of them waits any more. */
  token(module: HttpModule, oauth2: OAuth2Config, signal: AbortSignal): Promise<Token | Failure>
  /** The target refused this one: the next probe asks for another, unless one has come meanwhile. */
  forget(oauth2: OAuth2Config, refused: Token): void
}

/** RFC 6749 §2.3.1: servers must take the header, yet some know only the form. */
type ClientAuth = 'header' | 'form'

interface Granted extends Token {
  readonly expiresAtMs: number
  readonly clientAuth: ClientAuth
}

interface Call {
  readonly answer: Promise<Granted | Failure>
  readonly controller: AbortController
  /** Nobody may join it any more. */
  over(): void
  waiting: number
}

/** A token that ends during the probe is of no use: as early as Go's oauth2 package. */
const EXPIRY_SKEW_MS = 10_000
const MAX_TOKEN_ANSWER_BYTES = 1_048_576

export function createTokenStore(network: Network): TokenStore {
  const granted = new WeakMap<OAuth2Config, Granted>()
  const clientAuths = new WeakMap<OAuth2Config, ClientAuth>()
  const calls = new WeakMap<OAuth2Config, Call>()
  const ask = async (module: HttpModule, oauth2: OAuth2Config, signal: AbortSignal) => {
    const answer = await requestToken(network, module, oauth2, clientAuths.get(oauth2), signal)
    if (answer.ok) clientAuths.set(oauth2, answer.clientAuth)
    return answer
  }
  const startCall = (module: HttpModule, oauth2: OAuth2Config): Call => {
    const controller = new AbortController()
    const over = () => {
      if (calls.get(oauth2) === call) calls.delete(oauth2)
    }
    const keep = (found: Granted | Failure) => {
      if (found.ok) granted.set(oauth2, found)
      return found
    }
    const answer = ask(module, oauth2, controller.signal).then(keep).finally(over)
    const call: Call = { answer, controller, over, waiting: 0 }
    calls.set(oauth2, call)
    return call
  }
  return {
    async token(module, oauth2, signal) {
      if (!oauth2.cacheToken) return await ask(module, oauth2, signal)
      const kept = granted.get(oauth2)
      if (kept !== undefined && performance.now() < kept.expiresAtMs) return kept
      const call = calls.get(oauth2) ?? startCall(module, oauth2)
      return await shared(call, signal)
    },
    forget(oauth2, refused) {
      if (granted.get(oauth2) === refused) granted.delete(oauth2)
    },
  }
}

/** One waiter's part of a shared call: its own deadline ends its waiting only. */
async function shared(call: Call, signal: AbortSignal): Promise<Granted | Failure> {
  const given = Promise.withResolvers<Failure>()
  const giveUp = () => given.resolve(aborted('token', signal))
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  call.waiting += 1
  const outcome = await Promise.race([call.answer, given.promise])
  call.waiting -= 1
  signal.removeEventListener('abort', giveUp)
  if (call.waiting === 0 && signal.aborted) {
    call.over()
    call.controller.abort(signal.reason)
  }
  return outcome
}

async function requestToken(
  network: Network,
  module: HttpModule,
  oauth2: OAuth2Config,
  known: ClientAuth | undefined,
  signal: AbortSignal,
): Promise<Granted | Failure> {
  let clientSecret = ''
  try {
    if (oauth2.clientSecret !== undefined) clientSecret = await readSecret(oauth2.clientSecret, signal)
  } catch (error) {
    return signal.aborted ? aborted('token', signal) : unreadable(error, signal)
  }
  const call = async (clientAuth: ClientAuth) => {
    const answer = await callTokenUrl(network, module, oauth2, tokenRequest(oauth2, clientSecret, clientAuth), signal)
    return answer.ok ? readAnswer(answer, clientAuth) : answer
  }
  const first = await call(known ?? 'header')
  const refused = !first.ok && first.reason === 'token_refused'
  return refused && known === undefined ? await call('form') : first
}

function tokenRequest(oauth2: OAuth2Config, clientSecret: string, clientAuth: ClientAuth): OutgoingRequest {
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (oauth2.scopes.length > 0) form.set('scope', oauth2.scopes.join(' '))
  for (const [name, value] of Object.entries(oauth2.endpointParams)) form.set(name, value)
  const headers = ['host', oauth2.tokenUrl.host, 'Content-Type', 'application/x-www-form-urlencoded']
  headers.push('Accept', 'application/json')
  if (clientAuth === 'header') {
    const username = encodeURIComponent(oauth2.clientId)
    headers.push('Authorization', basicOf({ username, password: encodeURIComponent(clientSecret) }))
  } else {
    form.set('client_id', oauth2.clientId)
    if (clientSecret !== '') form.set('client_secret', clientSecret)
  }
  const path = `${oauth2.tokenUrl.pathname}${oauth2.tokenUrl.search}`
  return { method: 'POST', path, headers, body: Buffer.from(form.toString()), upgrade: undefined }
}

interface Answer {
  readonly ok: true
  readonly head: ResponseHead
  readonly text: string
}

/** All of its time is the phase `token`, so its own phases go nowhere. */
const NO_CLOCK: PhaseClock = { enter: () => undefined }

async function callTokenUrl(
  network: Network,
  module: HttpModule,
  oauth2: OAuth2Config,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<Answer | Failure> {
  const target = parseHttpUrl(oauth2.tokenUrl.href)
  if (!target.ok) return unreachable(target)
  const { tls, proxy } = oauth2
  const { ip, sourceIp, skipResolvePhaseWithProxy } = module
  const route = {
    url: target.url,
    serverName: tls.serverName ?? bareHost(target.url),
    http2: false,
    tls,
    proxy,
    ip,
    sourceIp,
    skipResolvePhaseWithProxy,
  }
  const parts = { network, clock: NO_CLOCK, known: new Map(), signal }
  const connection = await openConnection(route, noFindings(), parts)
  if (!connection.ok) return ofToken(connection, signal)
  const { proxied } = connection
  const reading = createAnswerReader()
  const sent = proxied === undefined ? request : withProxy(request, proxied)
  const answer = await exchange(connection, sent, reading.receiver, NO_CLOCK, signal)
  return answer.ok ? { ok: true, head: answer.head, text: reading.text() } : ofToken(answer, signal)
}

function createAnswerReader(): { readonly receiver: Receiver; text(): string } {
  const chunks: Buffer[] = []
  let bytes = 0
  let flow: Flow | undefined
  const receiver: Receiver = {
    onHead(_head, given) {
      flow = given
      return true
    },
    onData(chunk) {
      bytes += chunk.length
      if (bytes > MAX_TOKEN_ANSWER_BYTES) flow?.fail(malformed('is larger than 1 MiB'))
      else chunks.push(chunk)
      return true
    },
  }
  return { receiver, text: () => Buffer.concat(chunks).toString('utf8') }
}

function withProxy(request: OutgoingRequest, proxied: { origin: string; headers: readonly string[] }): OutgoingRequest {
  return { ...request, path: `${proxied.origin}${request.path}`, headers: [...request.headers, ...proxied.headers] }
}

function readAnswer({ head, text }: Answer, clientAuth: ClientAuth): Granted | Failure {
  const fields = fieldsOf(text, String(head.headers['content-type'] ?? ''))
  if (head.statusCode < 200 || head.statusCode > 299) return refused(head.statusCode, fields?.get('error'))
  const accessToken = fields?.get('access_token')
  if (fields === undefined) return malformed('is neither JSON nor a form')
  if (accessToken === undefined || accessToken === '') return malformed('holds no access_token')
  // RFC 9110 §5.5: what no header may carry.
  if (!/^[\u0021-\u007e]+$/.test(accessToken)) return malformed('holds an access_token that no header can carry')
  const lifetimeSeconds = Number(fields.get('expires_in') ?? Number.NaN)
  const expiresAtMs =
    lifetimeSeconds > 0 ? performance.now() + lifetimeSeconds * 1000 - EXPIRY_SKEW_MS : Number.POSITIVE_INFINITY
  return { ok: true, authorization: `${tokenType(fields.get('token_type'))} ${accessToken}`, expiresAtMs, clientAuth }
}

/** RFC 6749 §5.1 says JSON; a few servers answer with a form, which Go's package takes too. */
function fieldsOf(text: string, contentType: string): ReadonlyMap<string, string> | undefined {
  if (/^(application\/x-www-form-urlencoded|text\/plain)/i.test(contentType) && !text.trimStart().startsWith('{')) {
    return new Map(new URLSearchParams(text))
  }
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null) return undefined
    return new Map(Object.entries(parsed).map(([name, value]) => [name, String(value)]))
  } catch {
    return undefined
  }
}

/** Some servers say `bearer` and refuse to be answered so; Go writes these three in capitals as well. */
function tokenType(given: string | undefined): string {
  switch ((given ?? '').toLowerCase()) {
    case '':
    case 'bearer':
      return 'Bearer'
    case 'mac':
      return 'MAC'
    case 'basic':
      return 'Basic'
    default:
      return /^[\w-]{1,40}$/.test(given ?? '') ? (given ?? 'Bearer') : 'Bearer'
  }
}

function refused(statusCode: number, error: string | undefined): Failure {
  // Only the code of RFC 6749 §5.2 is printed: the rest of the answer may repeat what was sent.
  const code = error !== undefined && /^[a-z_]{1,40}$/.test(error) ? `, ${error}` : ''
  return failure(
    'token',
    'token_refused',
    `The token server answered ${statusCode}${code}: look at client_id, client_secret and scopes`,
  )
}

function malformed(what: string): Failure {
  return failure('token', 'token_malformed', `The answer of the token server ${what}`)
}

function unreachable({ message }: Failure): Failure {
  return failure('token', 'token_unreachable', `The token server cannot be asked: ${message}`)
}

function ofToken(cause: Failure, signal: AbortSignal): Failure {
  if (signal.aborted) return aborted('token', signal)
  if (cause.phase === 'token') return cause
  if (cause.reason === 'response_malformed' || cause.reason === 'body_malformed') return malformed('is not HTTP')
  return unreachable(cause)
}
