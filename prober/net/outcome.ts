/**
 * The vocabulary of what can go wrong and when. It stands in the lowest room that names a reason,
 * so that sockets, probes, metrics and alerts all speak from one closed list (field notes §6.1).
 */

/**
 * Where a probe's time goes, in the order in which it is spent, and what is done meanwhile. They never overlap, so they
 * add up: `other` is what remains of the whole duration when every named phase is subtracted.
 */
export const PHASE_MEANINGS = {
  prepare: 'secrets and files are read, the TLS context is built',
  token: 'the OAuth2 token is asked for',
  resolve: 'the host name is looked up',
  setup: 'the socket for ICMP is opened',
  rtt: 'echo requests are sent, and their replies awaited',
  connect: 'the connection is opened, to the target or to its proxy',
  proxy: 'the proxy is asked to connect to the target, by CONNECT or SOCKS5',
  tls: 'the TLS handshake, and the certificate is verified',
  processing: 'the request is written, and the first byte of the answer awaited',
  transfer: 'the answer is read, from its first byte to its last',
  dialogue: 'lines or messages are sent and awaited, as `query_response` says',
  check: 'our own time after the last byte: decompression and matchers',
  other: 'what is left of the duration: between two exchanges, and after the last',
} as const satisfies Readonly<Record<string, string>>
export type Phase = keyof typeof PHASE_MEANINGS
export const PHASES = Object.keys(PHASE_MEANINGS) as readonly Phase[]

/** Why a probe failed. Closed: values of a metric label, so one is only ever added, never made up. */
export const REASON_MEANINGS = {
  target_invalid: 'the target is no URL or host that can be probed',
  file_unreadable: 'a file that the module names, or the PEM in it, cannot be read',
  prepare_timeout: 'no time was left to begin, or files could not be read in time',
  token_timeout: 'the token server did not answer in time',
  token_refused: 'the token server gave no token',
  token_malformed: 'the token server’s answer holds no token that can be used',
  token_unreachable: 'the token server could not be reached',
  dns_timeout: 'no name server answered in time',
  dns_nxdomain: 'the name does not exist',
  dns_no_address: 'the name exists, but has no address of the wanted protocol',
  dns_servfail: 'the name server could not find out (SERVFAIL)',
  dns_refused: 'the name server refuses to answer (REFUSED)',
  dns_malformed: 'the name server’s answer cannot be understood',
  dns_unreachable: 'no name server could be reached',
  connect_timeout: 'nobody answered at the address in time',
  connect_refused: 'nothing listens on the port',
  connect_reset: 'the connection was broken off while it was opened',
  connect_unreachable: 'there is no route to the address',
  connect_no_source: 'the source address is none of this machine’s, or of another IP version',
  connect_not_found: 'there is no such Unix socket',
  connect_failed: 'the operating system could not open the connection for another reason',
  proxy_timeout: 'the proxy did not answer in time',
  proxy_refused: 'the proxy would not or could not connect to the target',
  proxy_auth_required: 'the proxy wants other credentials, or any',
  proxy_malformed: 'the proxy’s answer cannot be understood',
  proxy_reset: 'the proxy closed the connection',
  tls_timeout: 'the handshake did not end in time',
  tls_not_tls: 'the server answered something that is no TLS',
  tls_reset: 'the server closed the connection during the handshake',
  tls_version: 'both sides have no TLS version in common',
  tls_handshake: 'the handshake failed for another reason',
  tls_client_certificate: 'the server wants a client certificate, or another one',
  tls_expired: 'a certificate has expired',
  tls_not_yet_valid: 'a certificate is not valid yet',
  tls_unknown_ca: 'the chain leads to no trusted authority',
  tls_self_signed: 'the certificate is signed by itself',
  tls_name_mismatch: 'the certificate is for other names',
  tls_invalid: 'the certificate cannot be accepted for another reason',
  response_timeout: 'no answer, or only a part of its headers, came in time',
  response_reset: 'the connection was closed before an answer',
  response_malformed: 'the answer breaks the rules of its protocol, or speaks another',
  response_headers_too_large: 'the answer’s headers are larger than the limit',
  body_timeout: 'the body did not end in time',
  body_reset: 'the connection was closed before the end of the body',
  body_malformed: 'the body’s framing is wrong',
  body_too_large: 'the body is larger than the limit',
  body_decompression: 'the body cannot be decompressed',
  body_regexp: 'the body matches a regular expression that it must not, or the reverse',
  body_cel: 'the body does not satisfy a CEL expression, or is no JSON',
  header_regexp: 'a header matches a regular expression that it must not, or the reverse',
  check_timeout: 'the answer came in time, but its checks did not end in time',
  http_status: 'the status code is not among those wanted',
  http_version: 'the HTTP version is not among those wanted',
  http_redirect_malformed: 'a redirect leads to nothing that can be followed',
  dialogue_timeout: 'what was expected did not come in time',
  dialogue_reset: 'the connection was closed before what was expected had come',
  dialogue_mismatch: 'something else came than was expected',
  dialogue_too_long: 'a line or message is longer than the limit',
  dns_truncated: 'the answer does not fit into a datagram',
  dns_rcode: 'the answer’s code is not among those wanted',
  dns_answer: 'the records of the answer match what they must not, or the reverse',
  dns_authority: 'the authority records match what they must not, or the reverse',
  dns_additional: 'the additional records match what they must not, or the reverse',
  icmp_not_permitted: 'this process may not open an ICMP socket',
  icmp_timeout: 'no reply came in time',
  icmp_loss: 'more replies are missing than the module allows',
  icmp_unreachable: 'a router or the host itself said that it cannot be reached',
  icmp_too_large: 'the packet is too large to be sent without being fragmented',
  grpc_status: 'the call ended with another status than OK',
  grpc_not_serving: 'the service says that it is not serving',
  websocket_refused: 'the server did not switch to the WebSocket protocol',
  ssl_present: 'the answer came over TLS, and must not',
  ssl_missing: 'the answer came without TLS, and must not',
  cancelled: 'whoever asked left, or the prober stops',
  internal: 'a fault of Sonde itself, or a request that cannot be sent',
} as const satisfies Readonly<Record<string, string>>
export type Reason = keyof typeof REASON_MEANINGS
export const REASONS = Object.keys(REASON_MEANINGS) as readonly Reason[]

/** Time ran out, whatever was being waited for. */
export function isTimeout(reason: Reason): boolean {
  return reason.endsWith('_timeout')
}

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
