/**
 * The vocabulary of what can go wrong and when. It stands in the lowest room that names a reason,
 * so that sockets, probes, metrics and alerts all speak from one closed list (field notes §6.1).
 */

/**
 * Where a probe's time goes, in the order in which it is spent. They never overlap, so they add up:
 * `other` is what remains of the whole duration when every named phase is subtracted.
 *
 * - `prepare`: secrets and files read, TLS context built
 * - `token`: the OAuth2 token call
 * - `proxy`: CONNECT or SOCKS dialogue, after the TCP connection to the proxy stands
 * - `processing`: request written until the first byte of the answer
 * - `check`: decompression and matchers, our own time after the last byte
 */
export const PHASES = [
  'prepare',
  'token',
  'resolve',
  'connect',
  'proxy',
  'tls',
  'processing',
  'transfer',
  'check',
  'other',
] as const
export type Phase = (typeof PHASES)[number]

/** Why a probe failed. Closed: values of a metric label, so one is only ever added, never made up. */
export const REASONS = [
  'target_invalid',
  'file_unreadable',
  'prepare_timeout',
  'token_timeout',
  'token_refused',
  'token_malformed',
  'token_unreachable',
  'dns_timeout',
  'dns_nxdomain',
  'dns_no_address',
  'dns_servfail',
  'dns_refused',
  'dns_malformed',
  'dns_unreachable',
  'connect_timeout',
  'connect_refused',
  'connect_reset',
  'connect_unreachable',
  'connect_failed',
  'proxy_timeout',
  'proxy_refused',
  'proxy_auth_required',
  'proxy_malformed',
  'proxy_reset',
  'tls_timeout',
  'tls_not_tls',
  'tls_reset',
  'tls_version',
  'tls_handshake',
  'tls_client_certificate',
  'tls_expired',
  'tls_not_yet_valid',
  'tls_unknown_ca',
  'tls_self_signed',
  'tls_name_mismatch',
  'tls_invalid',
  'response_timeout',
  'response_reset',
  'response_malformed',
  'response_headers_too_large',
  'body_timeout',
  'body_reset',
  'body_malformed',
  'body_too_large',
  'body_decompression',
  'body_regexp',
  'body_cel',
  'header_regexp',
  'check_timeout',
  'http_status',
  'http_version',
  'http_redirect_malformed',
  'ssl_present',
  'ssl_missing',
  'cancelled',
  'internal',
] as const
export type Reason = (typeof REASONS)[number]

/** An expected failure, as a value: what the target or the network did wrong, never a bug of ours. */
export interface Failure {
  readonly ok: false
  readonly phase: Phase
  readonly reason: Reason
  /** One sentence for a person: what was seen and, where it is known, what to do. Holds no secret. */
  readonly message: string
}

export type Outcome = { readonly ok: true } | Failure

export function failure(phase: Phase, reason: Reason, message: string): Failure {
  return { ok: false, phase, reason, message }
}
