import { readBoundedFile } from '../../config/bounded-file.ts'
import type { HttpModule } from '../../config/schema.ts'
import { readSecret, type SecretSource } from '../../config/secret.ts'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure } from '../../net/outcome.ts'
import { encodeTraceparent, type TraceParent } from '../../wire/traceparent.ts'
import { unfitHostname } from '../hostname.ts'
import type { OutgoingRequest } from './exchange.ts'
import type { UrlCredentials } from './target.ts'

/** Read whole for each probe, so it must end: a device or a wrong path does not. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024

interface Field {
  readonly name: string
  readonly value: string
  /** Goes to the first host only. */
  readonly credential: boolean
}

/** What the module asks for, secrets and files read: the same for every hop. */
export interface Draft {
  readonly ok: true
  readonly fields: readonly Field[]
  /** Of the module or of the `hostname` parameter. */
  readonly host: string | undefined
  readonly upgrade: string | undefined
  readonly body: Buffer | undefined
}

/**
 * Go's net/http writes these itself and ignores what a header map says; `Connection: close` is ours in any case.
 * `Expect`, `Keep-Alive`: undici refuses to send them, and a probe of one request has no use for them.
 */
const NOT_SENT = new Set(['content-length', 'transfer-encoding', 'trailer', 'connection', 'keep-alive', 'expect'])

/** Headers that Go's client takes for credentials too. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'cookie2', 'proxy-authorization', 'www-authenticate'])

export async function draftRequest(
  module: HttpModule,
  hostname: string | undefined,
  signal: AbortSignal,
): Promise<Draft | Failure> {
  const unfit = unfitHostname(hostname)
  if (unfit !== undefined) return unfit
  const fields: Field[] = []
  let host = hostname
  let upgrade: string | undefined
  for (const [name, value] of Object.entries(module.headers)) {
    const key = name.toLowerCase()
    if (key === 'host') host ??= value
    else if (key === 'upgrade') upgrade = value
    else if (!NOT_SENT.has(key)) fields.push({ name, value, credential: CREDENTIALS.has(key) })
  }
  try {
    // Values and secrets look alike here: all of http_headers stays with the first host.
    for (const { name, values } of module.httpHeaders) {
      for (const source of values) {
        fields.push({ name, value: await readHeaderValue(name, source, signal), credential: true })
      }
    }
    const authorization = hasField(fields, 'authorization') ? undefined : await authorizationOf(module, signal)
    if (authorization !== undefined) fields.push(authorizationField(authorization))
    return { ok: true, fields, host, upgrade, body: await bodyOf(module, signal) }
  } catch (error) {
    return unreadable(error, signal)
  }
}

/** What differs from hop to hop. */
export interface HopRequest {
  readonly url: URL
  readonly host: string
  readonly method: string
  readonly withBody: boolean
  /** false: this hop is not the host that the module's credentials are for. */
  readonly trusted: boolean
  readonly cookies: string
  /** Of the URL of this hop; the module's own come first. */
  readonly credentials: UrlCredentials | undefined
  /** Of the trace that this request is part of. */
  readonly span: TraceParent | undefined
  /** For a plain-HTTP proxy: the absolute form's `scheme://host:port`, and the proxy's own headers. */
  readonly proxied: { readonly origin: string; readonly headers: readonly string[] } | undefined
}

export function outgoing(draft: Draft, hop: HopRequest, userAgent: string): OutgoingRequest {
  const headers = ['host', hop.host]
  if (!hasField(draft.fields, 'user-agent')) headers.push('User-Agent', userAgent)
  let cookies = hop.cookies
  let authorized = false
  for (const { name, value, credential } of draft.fields) {
    if (credential && !hop.trusted) continue
    const key = name.toLowerCase()
    if (!hop.withBody && draft.body !== undefined && key.startsWith('content-')) continue
    authorized ||= key === 'authorization'
    // A second Cookie header is not allowed (RFC 6265 §5.4).
    if (key === 'cookie') cookies = cookies === '' ? value : `${value}; ${cookies}`
    else headers.push(name, wireText(value))
  }
  if (cookies !== '') headers.push('Cookie', wireText(cookies))
  if (!authorized && hop.credentials !== undefined) headers.push('Authorization', basicOf(hop.credentials))
  if (hop.span !== undefined) headers.push('traceparent', encodeTraceparent(hop.span))
  if (hop.proxied !== undefined) headers.push(...hop.proxied.headers)
  return {
    method: hop.method,
    path: `${hop.proxied?.origin ?? ''}${hop.url.pathname}${hop.url.search}`,
    headers,
    body: hop.withBody ? draft.body : undefined,
    upgrade: draft.upgrade,
  }
}

export function authorized(draft: Draft, authorization: string): Draft {
  if (hasField(draft.fields, 'authorization')) return draft
  return { ...draft, fields: [...draft.fields, authorizationField(authorization)] }
}

export function basicOf({ username, password }: UrlCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** What reading a secret or a file threw. */
export function unreadable(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return aborted('prepare', signal)
  const found = error instanceof Error ? error.message : String(error)
  if (error instanceof UnfitValue) return failure('prepare', 'file_unreadable', found)
  return failure('prepare', 'file_unreadable', `Cannot read a file that the module names: ${found}`)
}

class UnfitValue extends Error {}

export async function readHeaderValue(name: string, source: SecretSource, signal: AbortSignal): Promise<string> {
  const value = await readSecret(source, signal)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 §5.5 forbids them in a field value
  if (!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return value
  const origin = source.from === 'file' ? `the file ${source.path}` : 'its value'
  throw new UnfitValue(`Cannot send header ${name}: ${origin} holds a line break or another control character`)
}

export async function authorizationOf(
  { auth }: Pick<HttpModule, 'auth'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (auth.kind === 'basic') {
    return basicOf({
      username: await readSecret(auth.username, signal),
      password: await readSecret(auth.password, signal),
    })
  }
  if (auth.kind === 'authorization') {
    return `${auth.type} ${await readHeaderValue('Authorization', auth.credentials, signal)}`
  }
  return undefined
}

function authorizationField(value: string): Field {
  return { name: 'Authorization', value, credential: true }
}

async function bodyOf(module: HttpModule, signal: AbortSignal): Promise<Buffer | undefined> {
  if (module.bodyFile !== undefined) return await readBoundedFile(module.bodyFile, LARGEST_BODY_BYTES, signal)
  return module.body === '' ? undefined : Buffer.from(module.body)
}

export function hasField(fields: readonly Field[], key: string): boolean {
  return fields.some(({ name }) => name.length === key.length && name.toLowerCase() === key)
}

/** Go sends UTF-8, Node one byte per character. */
export function wireText(value: string): string {
  return /^[\u0020-\u007e]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1')
}
