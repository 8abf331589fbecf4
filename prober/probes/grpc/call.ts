/** One unary call over HTTP/2 on a socket that stands. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { aborted } from '../../net/deadline.ts'
import type { Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { type Answer, type CallFailure, callFailure, createAnswer, type Served } from './answer.ts'
import { resetText, STATUS, statusOfAbort, statusOfReset } from './status.ts'

export interface Call {
  readonly headers: OutgoingHttpHeaders
  /** In its frame. */
  readonly message: Buffer
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
}

/** The authority goes into each request, so this one is never sent: it spares a parsing per probe. */
const ORIGIN = new URL('http://origin.invalid')

/** ENHANCE_YOUR_CALM (RFC 9113 §7): from the server, or from node:http2 when the head has more fields than allowed. */
const CALM = 11
const MAX_HEAD_FIELDS = 2000

const OPTIONS = { settings: { enablePush: false }, maxHeaderListPairs: MAX_HEAD_FIELDS } as const

interface Progress {
  headSeen: boolean
  /** The first that was told, by the session or by the socket: what follows says less. */
  error: Error | undefined
  /** Of GOAWAY. */
  goaway: number | undefined
  readonly clientCertificate: boolean
  receivedBytes(): number
}

const TOO_LONG_HEAD = ['response_headers_too_large', 'response_headers_too_large'] as const

export type CallOnce = typeof callOnce

/** Sends once. Owns the socket: it is destroyed at the end in every case. The clock is left in `check` or where it failed. */
export function callOnce(
  socket: Socket,
  call: Call,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Served | CallFailure> {
  return new Promise((resolve) => {
    const session = connect(ORIGIN, { ...OPTIONS, createConnection: () => socket })
    const { clientCertificate } = call
    const progress: Progress = {
      headSeen: false,
      error: undefined,
      goaway: undefined,
      clientCertificate,
      receivedBytes: () => socket.bytesRead,
    }
    let over = false
    const finish = (outcome: Served | CallFailure) => {
      if (over) return
      over = true
      const settled = signal.aborted ? abortedAt(progress, signal) : outcome
      if (settled.ok || settled.phase === 'check') clock.enter('check', performance.now())
      signal.removeEventListener('abort', onAbort)
      discard(session, socket)
      // The judging waits until all that arrived in this turn of the event loop has got its time stamp.
      setImmediate(resolve, settled)
    }
    const onAbort = () => finish(abortedAt(progress, signal))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    followSession(session, socket, progress, finish)
    followStream(session, send(session, call, clock), progress, clock, finish)
  })
}

function send(session: ClientHttp2Session, { headers, message }: Call, clock: PhaseClock): ClientHttp2Stream {
  const stream = session.request(headers, { endStream: false })
  clock.enter('processing')
  stream.end(message)
  return stream
}

type Finish = (outcome: Served | CallFailure) => void

function followSession(session: ClientHttp2Session, socket: Socket, progress: Progress, finish: Finish): void {
  const note = (error: Error) => {
    progress.error ??= error
  }
  socket.prependListener('error', note)
  session.on('error', note)
  session.on('goaway', (errorCode) => {
    progress.goaway ??= errorCode
  })
  session.on('close', () => finish(brokenOff(undefined, progress)))
}

function followStream(
  session: ClientHttp2Session,
  stream: ClientHttp2Stream,
  progress: Progress,
  clock: PhaseClock,
  finish: Finish,
): void {
  const answer: Answer = createAnswer()
  const unlessFine = (failed: CallFailure | undefined) => {
    if (failed !== undefined) finish(failed)
  }
  stream.on('response', (headers) => {
    clock.enter('transfer', performance.now())
    progress.headSeen = true
    unlessFine(answer.onHead(headers))
  })
  stream.on('data', (chunk: Buffer) => unlessFine(answer.onData(chunk)))
  stream.on('trailers', answer.onTrailers)
  stream.on('end', () => {
    // A reset ends the stream, too; `close` tells which one.
    if (stream.rstCode === 0 && progress.headSeen && progress.error === undefined) finish(answer.onEnd())
  })
  stream.on('error', (error) => {
    progress.error ??= error
  })
  // A session that is gone has reset its streams itself.
  stream.on('close', () => finish(brokenOff(session.destroyed ? undefined : stream.rstCode, progress)))
}

function discard(session: ClientHttp2Session, socket: Socket): void {
  session.destroy()
  socket.destroy()
}

/** The stream ended before its answer did. `rstCode`: the server's own; undefined: it was the connection that ended. */
function brokenOff(rstCode: number | undefined, progress: Progress): CallFailure {
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
  if (rstCode === CALM && !headSeen && progress.receivedBytes() > LONG_HEAD_BYTES) {
    return fail(
      STATUS.RESOURCE_EXHAUSTED,
      TOO_LONG_HEAD,
      'The head of the answer is larger than 64 KiB or 2,000 fields',
    )
  }
  if (rstCode !== undefined) {
    const message = `The server gave the call up (RST_STREAM, ${resetText(rstCode)})`
    return fail(statusOfReset(rstCode), ['response_reset', 'body_reset'], message)
  }
  const message = `The server closed the connection ${headSeen ? 'before its answer was complete' : 'without an answer'}`
  return fail(STATUS.UNAVAILABLE, ['response_reset', 'body_reset'], message)
}

function isProtocolError(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_HTTP2_ERROR'
}

function abortedAt({ headSeen }: Progress, signal: AbortSignal): CallFailure {
  return { ...aborted(headSeen ? 'transfer' : 'processing', signal), statusCode: statusOfAbort(signal) }
}
