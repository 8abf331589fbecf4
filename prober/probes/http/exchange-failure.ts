/** What went wrong between a request and the last byte of its answer, in our words. */
import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import type { ReadFault, ResponseHead } from '../../wire/http-response.ts'

/** How far the answer had come. */
export interface Progress {
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
  /** Up to 8 characters; empty: no byte came. */
  firstBytes: string
  head: ResponseHead | undefined
  bodyBytes: number
}

export const UNSENDABLE = failure(
  'prepare',
  'internal',
  'The request cannot be sent: its method, path or a header would break out of its line. Change the module',
)

export const UNASKED_SWITCH = failure(
  'transfer',
  'response_malformed',
  'The server switched protocols without being asked to',
)

/** The bytes that came are no HTTP/1 answer, or not a whole one. */
export function readFailure(fault: ReadFault, found: string, progress: Progress): Failure {
  if (fault === 'closed') return closedFailure(progress)
  if (progress.head !== undefined) {
    return fail(progress, 'body_malformed', `The body breaks the rules of chunked encoding: it holds ${found}`)
  }
  if (isTlsRecord(progress.firstBytes)) {
    return fail(progress, 'response_malformed', 'The answer is TLS, not HTTP: this port wants https://')
  }
  if (fault === 'headers_too_large') return fail(progress, 'response_headers_too_large', `The answer has ${found}`)
  if (fault === 'too_many_interim') return fail(progress, 'response_malformed', `The server sent ${found}`)
  return fail(progress, 'response_malformed', `The answer is not HTTP/1.0 or HTTP/1.1: it holds ${found}`)
}

/** What node:net, node:tls or OpenSSL says of the socket. */
export function connectionFailure(error: Error, progress: Progress): Failure {
  const late = progress.firstBytes === '' ? classifyTlsError(error, progress.clientCertificate) : undefined
  if (late !== undefined) return late
  const code = codeOf(error)
  if (code !== 'ECONNRESET' && code !== 'EPIPE') return closedFailure(progress)
  return progress.head === undefined
    ? fail(progress, 'response_reset', 'The server reset the connection before its answer was complete')
    : fail(progress, 'body_reset', `The server reset the connection after ${progress.bodyBytes} bytes of the body`)
}

/** undici and node:http2 each name what went wrong in their own way. */
export function http2Failure(error: Error, progress: Progress): Failure {
  const code = codeOf(error)
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return failure('prepare', 'internal', `The request cannot be sent: ${error.message}. Change the module`)
  }
  if (isHttp2ProtocolError(error, code)) {
    return progress.head === undefined
      ? fail(progress, 'response_malformed', `The server broke the rules of HTTP/2: ${inShort(error)}`)
      : fail(progress, 'body_malformed', `The body breaks the rules of HTTP/2: ${inShort(error)}`)
  }
  const isGivenUp = error.message.startsWith('HTTP/2') || 'http2ErrorCode' in error || code.startsWith('ERR_HTTP2_')
  if (isGivenUp && progress.head === undefined) {
    return fail(progress, 'response_reset', `The server gave the HTTP/2 request up: ${inShort(error)}`)
  }
  return connectionFailure(error, progress)
}

function closedFailure(progress: Progress): Failure {
  const { head, firstBytes, bodyBytes } = progress
  if (head !== undefined) {
    return fail(progress, 'body_reset', `The body ended after ${bodyBytes} bytes, before it was complete`)
  }
  return firstBytes === ''
    ? fail(progress, 'response_reset', 'The server closed the connection without an answer')
    : fail(progress, 'response_reset', 'The server closed the connection before its headers were complete')
}

function fail({ firstBytes }: Progress, reason: Reason, message: string): Failure {
  return failure(firstBytes === '' ? 'processing' : 'transfer', reason, message)
}

/** Type alert (21) or handshake (22), then major version 3: RFC 8446 §5.1. */
function isTlsRecord(firstBytes: string): boolean {
  const type = firstBytes.charCodeAt(0)
  return (type === 21 || type === 22) && firstBytes.charCodeAt(1) === 3
}

/** RFC 9113 §7: 1 PROTOCOL_ERROR, 3 FLOW_CONTROL_ERROR, 6 FRAME_SIZE_ERROR, 9 COMPRESSION_ERROR, seen by our side. */
function isHttp2ProtocolError(error: Error, code: string): boolean {
  return code === 'ERR_HTTP2_ERROR' || (code === 'ERR_HTTP2_SESSION_ERROR' && /code [1369]$/.test(error.message))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function inShort(error: Error): string {
  return error.message.slice(0, 200)
}
