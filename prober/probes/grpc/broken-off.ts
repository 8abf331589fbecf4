/** What a call means that ended before its answer did. */
import type { Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import { type CallFailure, callFailure } from './answer.ts'
import { resetText, STATUS, statusOfReset } from './status.ts'

export interface Progress {
  headSeen: boolean
  /** The first that was told, by the session or by the socket: what follows says less. */
  error: Error | undefined
  /** Of GOAWAY. */
  goaway: number | undefined
  readonly clientCertificate: boolean
  receivedBytes(): number
}

/** ENHANCE_YOUR_CALM (RFC 9113 §7): from the server, or from node:http2 when the head has more fields than allowed. */
const CALM = 11
export const MAX_HEAD_FIELDS = 2000

const TOO_LONG_HEAD = ['response_headers_too_large', 'response_headers_too_large'] as const

/** `rstCode`: the server's own; undefined: it was the connection that ended. */
export function brokenOff(rstCode: number | undefined, progress: Progress): CallFailure {
  const { error, goaway, headSeen, clientCertificate } = progress
  const fail = (statusCode: number, [before, after]: readonly [Reason, Reason], message: string) =>
    callFailure(statusCode, headSeen ? 'transfer' : 'processing', headSeen ? after : before, message)
  const late = error === undefined || headSeen ? undefined : classifyTlsError(error, clientCertificate)
  if (late !== undefined) return { ...late, statusCode: STATUS.UNAVAILABLE }
  if (error !== undefined && isProtocolError(error)) {
    const what = `what came is not HTTP/2, or breaks its rules (${error.message.slice(0, 100)})`
    const hint = headSeen ? '' : '; is this a gRPC port, and is tls in the module as the server wants it?'
    return fail(
      STATUS.UNAVAILABLE,
      ['response_malformed', 'body_malformed'],
      `The server speaks no gRPC here: ${what}${hint}`,
    )
  }
  if (goaway !== undefined) {
    const message = `The server refuses calls on this connection (GOAWAY, ${resetText(goaway)}): is it shutting down?`
    return fail(STATUS.UNAVAILABLE, ['response_reset', 'body_reset'], message)
  }
  // Each field takes a byte at least: a server that has sent less has sent the reset, too.
  if (rstCode === CALM && !headSeen && progress.receivedBytes() > MAX_HEAD_FIELDS) {
    return fail(STATUS.RESOURCE_EXHAUSTED, TOO_LONG_HEAD, `The answer has more than ${MAX_HEAD_FIELDS} headers`)
  }
  if (rstCode !== undefined) {
    const message = `The server gave the call up (RST_STREAM, ${resetText(rstCode)})`
    return fail(statusOfReset(rstCode), ['response_reset', 'body_reset'], message)
  }
  const message = headSeen
    ? 'The server closed the connection before its answer was complete'
    : 'The server closed the connection without an answer: is tls in the module as the server wants it?'
  return fail(STATUS.UNAVAILABLE, ['response_reset', 'body_reset'], message)
}

function isProtocolError(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_HTTP2_ERROR'
}
