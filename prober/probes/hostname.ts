/** The `hostname` of a request: the name that a server is asked for, whatever address it is reached by. */
import { type Failure, failure } from '../net/outcome.ts'

/** A name of RFC 1035's length and a port: what could not stand in a URL is no Host header and no SNI either. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would break out of the header
const HOST = /^[^\s/?#@\\\u0000-\u001f\u007f]{1,260}$/

export function unfitHostname(hostname: string | undefined): Failure | undefined {
  if (hostname === undefined || HOST.test(hostname)) return undefined
  const message = 'The hostname parameter cannot be a Host header: write it as in shop.example.com'
  return failure('prepare', 'target_invalid', message)
}

/** `app.example:8443` is a Host header, but no SNI (RFC 6066 §3). */
export function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
}
