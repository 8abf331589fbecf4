/** One unary call over HTTP/2 on a socket that stands. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { aborted } from '../../net/deadline.ts'
import { inTurn } from '../../net/turn.ts'
import type { PhaseClock } from '../stopwatch.ts'
import type { SentLines } from '../stream/excerpt.ts'
import { type Answer, type CallFailure, createAnswer, type Served } from './answer.ts'
import { brokenOff, MAX_HEAD_FIELDS, type Progress } from './broken-off.ts'
import { statusOfAbort } from './status.ts'

export interface Call {
  readonly headers: OutgoingHttpHeaders
  /** In its frame. */
  readonly message: Buffer
  /** Metadata, which may be a password: not shown when the server repeats it. */
  readonly secrets: SentLines
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
}

/** The authority goes into each request, so this one is never sent: it spares a parsing per probe. */
const ORIGIN = new URL('http://origin.invalid')

const OPTIONS = {
  settings: { enablePush: false },
  maxHeaderListPairs: MAX_HEAD_FIELDS,
  // Metadata may have several values of any name, as in grpc-go; else Node throws at two of `authorization`.
  strictSingleValueFields: false,
} as const

export type CallOnce = typeof callOnce

/** Sends once. Owns the socket: it is destroyed at the end in every case. The clock is left in `check` or where it failed. */
export function callOnce(
  socket: Socket,
  call: Call,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Served | CallFailure> {
  const { clientCertificate } = call
  const receivedBytes = () => socket.bytesRead
  const progress: Progress = { headSeen: false, error: undefined, goaway: undefined, clientCertificate, receivedBytes }
  // node:http2 throws where the socket is gone already.
  if (signal.aborted) return Promise.resolve(abortedAt(progress, signal))
  if (socket.destroyed) return Promise.resolve(brokenOff(undefined, progress))
  return new Promise((resolve) => {
    const session = connect(ORIGIN, { ...OPTIONS, createConnection: () => socket })
    let over = false
    const finish = (outcome: Served | CallFailure) => {
      if (over) return
      over = true
      const settled = signal.aborted ? abortedAt(progress, signal) : outcome
      if (settled.ok || settled.phase === 'check') clock.enter('check', performance.now())
      signal.removeEventListener('abort', onAbort)
      discard(session, socket)
      // The judging waits until all that arrived in this turn of the event loop has got its time stamp.
      inTurn(resolve, settled)
    }
    const onAbort = () => finish(abortedAt(progress, signal))
    signal.addEventListener('abort', onAbort)
    followSession(session, socket, progress, finish)
    followStream(session, send(session, call, clock), createAnswer(call.secrets), progress, clock, finish)
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
  answer: Answer,
  progress: Progress,
  clock: PhaseClock,
  finish: Finish,
): void {
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

function abortedAt({ headSeen }: Progress, signal: AbortSignal): CallFailure {
  return { ...aborted(headSeen ? 'transfer' : 'processing', signal), statusCode: statusOfAbort(signal) }
}
