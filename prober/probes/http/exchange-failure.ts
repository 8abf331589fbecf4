import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import type { Head } from './exchange.ts'

/** How far the answer had come. */
export interface Progress {
  readonly clientCertificate: boolean
  /** Up to 8 characters of the status line; empty: no byte came. */
  firstBytes: string
  head: Head | undefined
  bodyBytes: number
}

/** undici, node:http2 and node:net each name what went wrong in their own way. */
export function exchangeFailure(error: Error, progress: Progress): Failure {
  const code = codeOf(error)
  const phase = progress.firstBytes === '' ? 'processing' : 'transfer'
  const late = progress.firstBytes === '' ? classifyTlsError(error, progress.clientCertificate) : undefined
  if (late !== undefined) return late
  const fail = (reason: Reason, message: string) => failure(phase, reason, message)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return fail('response_headers_too_large', 'The headers of the answer are larger than 256 KiB')
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return failure('prepare', 'internal', `The request cannot be sent: ${error.message}. Change the module`)
  }
  return progress.head === undefined
    ? headFailure(error, code, progress.firstBytes, fail)
    : bodyFailure(error, code, progress, fail)
}

type Fail = (reason: Reason, message: string) => Failure

function headFailure(error: Error, code: string, firstBytes: string, fail: Fail): Failure {
  if (isTlsRecord(firstBytes)) {
    return fail('response_malformed', 'The answer is TLS, not HTTP: this port wants https://')
  }
  // undici compares lengths before it names a syntax error, even while headers come in.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return fail('response_malformed', 'The headers of the answer are malformed, or name two different lengths')
  }
  if (isSyntaxError(error)) {
    return fail('response_malformed', `The answer is not HTTP/1.0 or HTTP/1.1: ${inShort(error)}`)
  }
  if (error.message === 'bad response' || error.message === 'bad upgrade') {
    return fail('response_malformed', 'The server sent 100 Continue or switched protocols without being asked to')
  }
  if (isHttp2ProtocolError(error, code)) {
    return fail('response_malformed', `The server broke the rules of HTTP/2: ${inShort(error)}`)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return fail('response_reset', 'The server reset the connection before its answer was complete')
  }
  if (error.message.startsWith('HTTP/2') || 'http2ErrorCode' in error || code.startsWith('ERR_HTTP2_')) {
    return fail('response_reset', `The server gave the HTTP/2 request up: ${inShort(error)}`)
  }
  return firstBytes === ''
    ? fail('response_reset', 'The server closed the connection without an answer')
    : fail('response_reset', 'The server closed the connection before its headers were complete')
}

/** Type alert (21) or handshake (22), then major version 3: RFC 8446 §5.1. */
function isTlsRecord(firstBytes: string): boolean {
  const type = firstBytes.charCodeAt(0)
  return (type === 21 || type === 22) && firstBytes.charCodeAt(1) === 3
}

function bodyFailure(error: Error, code: string, { bodyBytes }: Progress, fail: Fail): Failure {
  if (isSyntaxError(error)) {
    return fail('body_malformed', `The body breaks the rules of chunked encoding: ${inShort(error)}`)
  }
  if (isHttp2ProtocolError(error, code)) {
    return fail('body_malformed', `The body breaks the rules of HTTP/2: ${inShort(error)}`)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return fail('body_reset', `The server reset the connection after ${bodyBytes} bytes of the body`)
  }
  return fail('body_reset', `The body ended after ${bodyBytes} bytes, before it was complete`)
}

/** undici 8.12 loses llhttp's error code; what is left of an early end is its text. */
function isSyntaxError(error: Error): boolean {
  return error.name === 'HTTPParserError' && !error.message.includes('Invalid EOF state')
}

/** RFC 9113 §7: 1 PROTOCOL_ERROR, 3 FLOW_CONTROL_ERROR, 6 FRAME_SIZE_ERROR, 9 COMPRESSION_ERROR, seen by our side. */
function isHttp2ProtocolError(error: Error, code: string): boolean {
  return code === 'ERR_HTTP2_ERROR' || (code === 'ERR_HTTP2_SESSION_ERROR' && /code [1369]$/.test(error.message))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function inShort(error: Error): string {
  return error.message.replace(/^Response does not match the HTTP\/1.1 protocol \((.*)\)$/s, '$1').slice(0, 200)
}
