import type { GrpcModule } from '../../config/schema.ts'
import type { Failure } from '../../net/outcome.ts'
import { type HostPort, hostPortText, parseHostPort } from '../host-port.ts'
import { withoutPort } from '../hostname.ts'

/**
 * `host[:port]`. What a URL has around it says nothing here, as in blackbox_exporter: `https://` does not turn TLS on,
 * the module does, and a path or credentials are dropped.
 */
export function parseGrpcTarget(target: string, useTls: boolean): HostPort | Failure {
  return parseHostPort(hostPartOf(target), useTls ? 443 : 80)
}

const HTTP_SCHEME = /^https?:\/\//i

function hostPartOf(target: string): string {
  const rest = target.replace(HTTP_SCHEME, '')
  // Another scheme is a mistake that parseHostPort tells of.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(rest)) return rest
  return rest.replace(/[/?#].*$/s, '').replace(/^.*@/s, '')
}

/**
 * What grpc-go sends: over TLS the name that the certificate is checked against, else the target with its port. A
 * `hostname` that was asked for stands for the target's.
 */
export function authorityOf(
  { host, port }: HostPort,
  { useTls, tls }: GrpcModule,
  hostname: string | undefined,
): string {
  if (!useTls) return hostname ?? hostPortText({ host: withoutZone(host), port })
  const name = tls.serverName ?? (hostname === undefined ? withoutZone(host) : withoutPort(hostname))
  return name.includes(':') ? `[${name}]` : name
}

/** RFC 6874 §1: a zone means something on this machine only. */
function withoutZone(host: string): string {
  return host.replace(/%.*$/, '')
}
