/** What an error of Node's TLS means: alerts by their number, OpenSSL's own complaints by their code. */
import type { Failure, Reason } from './outcome.ts'
import { failure } from './outcome.ts'

export interface HandshakeState {
  /** Whether the server's certificate had come: version and cipher were agreed on by then. */
  readonly certificateSeen: boolean
  /** Whether we had a certificate of our own to show. */
  readonly clientCertificate: boolean
}

/** Names of RFC 8446 §6 and RFC 5246 §7.2, by number. */
const ALERTS: Readonly<Record<number, string>> = {
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
}
const HANDSHAKE_FAILURE = 40
/** Sent by a server, these can only speak of our certificate, or of its absence. */
const ABOUT_OUR_CERTIFICATE = [42, 43, 44, 45, 46, 48, 49, 116]
const ABOUT_THE_VERSION = [70, 86]

const HINTS: Readonly<Record<number, string>> = {
  40: ': no cipher, curve or signature algorithm in common, or it wants no part of this server name',
  112: ': it has no site of this server name; is server_name right?',
  120: ': it speaks none of the offered protocols (ALPN)',
}

const CODES: Readonly<Record<string, readonly [Reason, string]>> = {
  ECONNRESET: ['tls_reset', 'The server closed or reset the connection during the TLS handshake'],
  EPIPE: ['tls_reset', 'The server closed the connection during the TLS handshake'],
  ECONNABORTED: ['tls_reset', 'The connection was aborted during the TLS handshake'],
  ETIMEDOUT: ['tls_timeout', 'The server fell silent during the TLS handshake: the kernel gave up'],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'tls_not_tls',
    'The server does not speak TLS on this port: it answered with something else',
  ],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: [
    'tls_not_tls',
    'The server does not speak TLS on this port: its answer is no TLS record',
  ],
  ERR_SSL_HTTP_REQUEST: ['tls_not_tls', 'The server does not speak TLS on this port: it sent an HTTP request'],
  ERR_SSL_UNSUPPORTED_PROTOCOL: [
    'tls_version',
    'The server chose a TLS version that min_version or max_version rules out',
  ],
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: ['tls_version', 'No TLS version is left to offer: min_version is above max_version'],
}

/** An error before the handshake was over. */
export function tlsFailure(error: NodeJS.ErrnoException, state: HandshakeState): Failure {
  const alert = alertFailure(error, state)
  if (alert !== undefined) return alert
  const [reason, message] =
    CODES[error.code ?? ''] ?? (['tls_handshake', `The TLS handshake failed: ${opensslReason(error)}`] as const)
  return failure('tls', reason, message)
}

/**
 * An error after the handshake, on reading or writing. In TLS 1.3 the client is done before the server has looked at
 * its certificate, so "certificate required" comes as late as this. undefined: the error does not come from TLS.
 */
export function classifyTlsError(error: NodeJS.ErrnoException, clientCertificate = false): Failure | undefined {
  const alert = alertFailure(error, { certificateSeen: true, clientCertificate })
  if (alert !== undefined || !error.code?.startsWith('ERR_SSL_')) return alert
  return failure('tls', 'tls_handshake', `TLS failed after the handshake: ${opensslReason(error)}`)
}

function alertFailure(error: Error, { certificateSeen, clientCertificate }: HandshakeState): Failure | undefined {
  // The end of OpenSSL's message for every alert that came from the peer.
  const alert = Number(/SSL alert number (\d+)/.exec(error.message)?.[1] ?? Number.NaN)
  if (Number.isNaN(alert)) return undefined
  const name = `${ALERTS[alert] ?? 'unknown'} (alert ${alert})`
  if (ABOUT_THE_VERSION.includes(alert)) {
    return failure(
      'tls',
      'tls_version',
      `The server takes none of the offered TLS versions: ${name}; see min_version and max_version`,
    )
  }
  if (ABOUT_OUR_CERTIFICATE.includes(alert) || (alert === HANDSHAKE_FAILURE && certificateSeen)) {
    return failure('tls', 'tls_client_certificate', clientCertificateMessage(name, clientCertificate))
  }
  return failure('tls', 'tls_handshake', `The server ended the TLS handshake with ${name}${HINTS[alert] ?? ''}`)
}

function clientCertificateMessage(alert: string, shown: boolean): string {
  return shown
    ? `The server does not accept our client certificate: ${alert}`
    : `The server asks for a client certificate: ${alert}; set cert_file and key_file in tls_config`
}

/** `wrong signature type` of `error:0A000172:SSL routines::wrong signature type:../deps/…`: Node sets it as `reason`. */
function opensslReason(error: NodeJS.ErrnoException): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return error.code ?? error.message
}
