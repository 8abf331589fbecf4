import type { DnsModule, DnsTransport } from '../../config/schema.ts'
import { type Failure, failure } from '../../net/outcome.ts'
import { hostPortText, parseHostPort, shownHostPort } from '../host-port.ts'

export interface DnsTarget {
  readonly ok: true
  readonly host: string
  readonly port: number
  /** Of DNS over HTTPS. */
  readonly path: string
}

/** IANA; 853 is RFC 7858's. */
const PORTS: Readonly<Record<DnsTransport, number>> = { udp: 53, tcp: 53, tls: 853, https: 443 }

/** `host[:port]`, and for DNS over HTTPS `https://host[:port][/path]` too. */
export function parseDnsTarget(text: string, { transport, httpsPath }: DnsModule): DnsTarget | Failure {
  const scheme = transport === 'https' ? /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].toLowerCase() : undefined
  if (scheme !== undefined && scheme !== 'https://') {
    return invalid('The target of a DNS over HTTPS probe begins with https://, or is host or host:port')
  }
  const rest = text.slice(scheme?.length ?? 0)
  const slash = transport === 'https' ? rest.search(/[/?#]/) : -1
  const parsed = parseHostPort(slash < 0 ? rest : rest.slice(0, slash), PORTS[transport])
  if (!parsed.ok) return parsed
  const path = requestPath(slash < 0 ? '' : rest.slice(slash), httpsPath)
  if (!/^\/[\x21-\x7e]*$/.test(path)) return invalid('The path of the target holds a space or what is not ASCII')
  return { ok: true, host: parsed.host, port: parsed.port, path }
}

/** RFC 8484 §4.1: by POST a URI template is used without its variable. */
function requestPath(path: string, usual: string): string {
  const own = path.replace(/#.*$/s, '').replace(/\{\?dns\}$/, '')
  const chosen = own === '' || own === '/' ? usual.replace(/\{\?dns\}$/, '') : own
  return chosen.startsWith('/') ? chosen : `/${chosen}`
}

/** Host header of HTTP: without the scheme's own port. */
export function authorityOf({ host, port }: DnsTarget): string {
  const whole = hostPortText({ host, port })
  return port === PORTS.https ? whole.slice(0, -String(port).length - 1) : whole
}

export function shownDnsTarget(target: string): string {
  const shown = shownHostPort(target)
  return shown.startsWith('xxxxx@') && /^https:\/\//i.test(target) ? `https://${shown}` : shown
}

function invalid(message: string): Failure {
  return failure('prepare', 'target_invalid', message)
}
