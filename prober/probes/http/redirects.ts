import { type Failure, failure } from '../../net/outcome.ts'
import { parseHttpUrl, type UrlCredentials } from './target.ts'

/** As Go's client with blackbox_exporter's check: ten are followed, the answer to the eleventh request is final. */
export const MAX_REDIRECTS = 10

export interface Redirect {
  readonly ok: true
  readonly url: URL
  /** Of the Location itself. */
  readonly credentials: UrlCredentials | undefined
  readonly method: string
  readonly keepsBody: boolean
  /** The Location named no host, so the Host header goes along (Go's rule). */
  readonly relative: boolean
  /** Host header there, when it is neither that of the URL nor of the request before. */
  readonly host?: string
}

/** undefined: the answer is final. A 3xx without Location is final too, as in Go. */
export function redirectOf(
  statusCode: number,
  location: string | undefined,
  from: URL,
  method: string,
): Redirect | Failure | undefined {
  if (!isRedirect(statusCode) || location === undefined || location === '') return undefined
  // Servers send UTF-8; header values arrive as one character per byte. URL parsers pass over tabs anywhere.
  const text = Buffer.from(location, 'latin1').toString('utf8').replaceAll('\t', '').trim()
  const absolute = URL.parse(text, from)
  if (absolute === null) return malformed('its Location is no URL')
  if (absolute.protocol !== 'http:' && absolute.protocol !== 'https:') {
    return malformed(`its Location leads to ${absolute.protocol.slice(0, 20)}, only http: and https: can be followed`)
  }
  const target = parseHttpUrl(absolute.href)
  if (!target.ok) return malformed(target.message.replace('The target', 'its Location'))
  const keepsBody = statusCode === 307 || statusCode === 308
  return {
    ok: true,
    url: target.url,
    credentials: target.credentials,
    method: keepsBody || method === 'HEAD' ? method : 'GET',
    keepsBody,
    relative: !/^([a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(text),
  }
}

/**
 * Of a hop of a path: what leads to the host that users ask for is asked of the hop itself, since out there the outermost
 * hop would answer in its stead.
 */
export function stayingAt(place: URL, host: string | undefined, redirect: Redirect): Redirect {
  if (redirect.url.host !== host) return redirect
  const url = new URL(place)
  url.pathname = redirect.url.pathname
  url.search = redirect.url.search
  return { ...redirect, url, host }
}

export function isRedirect(statusCode: number): boolean {
  return statusCode === 301 || statusCode === 302 || statusCode === 303 || statusCode === 307 || statusCode === 308
}

/**
 * Whether credentials meant for `first` may go to `next`. Stricter than Go, which also trusts subdomains: the same
 * host name, on any port, and never from https down to http.
 */
export function mayHoldCredentials(first: URL, next: URL): boolean {
  return first.hostname === next.hostname && (first.protocol !== 'https:' || next.protocol === 'https:')
}

function malformed(complaint: string): Failure {
  return failure('check', 'http_redirect_malformed', `The answer is a redirect that cannot be followed: ${complaint}`)
}
