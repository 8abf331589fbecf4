import type { Socket } from 'node:net'
import { aborted } from '../../net/deadline.ts'
import type { Failure } from '../../net/outcome.ts'
import { inTurn } from '../../net/turn.ts'
import type { Http1Request } from '../../wire/http-request.ts'
import type { ResponseHead } from '../../wire/http-response.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { connectionFailure, type Progress } from './exchange-failure.ts'
import { exchangeHttp1 } from './http1.ts'
import { exchangeHttp2 } from './http2.ts'

/** Of either protocol; `upgrade` is HTTP/1.1's alone. */
export type OutgoingRequest = Http1Request

/** Who takes the answer. */
export interface Receiver {
  /** false: the body is not wanted, the exchange is over. */
  onHead(head: ResponseHead, flow: Flow): boolean
  /** false: hold the flow until `flow.resume()`. */
  onData(chunk: Buffer): boolean
}

export interface Flow {
  resume(): void
  /** The receiver cannot go on, e.g. since the body is too large. */
  fail(failure: Failure): void
}

export interface Exchanged {
  readonly ok: true
  readonly head: ResponseHead
  /** `performance.now()` of the last byte. */
  readonly atMs: number
}

/** A connection that is ready for a request. */
export interface Carrier {
  readonly socket: Socket
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
}

/** What each protocol is handed to make of it one answer. */
export interface ExchangeParts {
  readonly socket: Socket
  readonly request: OutgoingRequest
  readonly receiver: Receiver
  readonly clock: PhaseClock
  readonly progress: Progress
  /** The first call counts. */
  finish(outcome: Exchanged | Failure): void
  /** A fault of ours in a callback of the socket: it ends this probe, not the process. */
  bug(thrown: unknown): void
}

/**
 * One request and its answer over a socket that stands, HTTP/2 when its TLS chose so; sent once, whatever happens. Owns
 * the socket: it is destroyed at the end in every case.
 */
export function exchange(
  { socket, clientCertificate }: Carrier,
  request: OutgoingRequest,
  receiver: Receiver,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Exchanged | Failure> {
  return new Promise((resolve, reject) => {
    const progress: Progress = { clientCertificate, firstBytes: '', head: undefined, bodyBytes: 0 }
    let over = false
    let cleanUp: (() => void) | undefined
    const finish = (outcome: Exchanged | Failure) => {
      if (over) return
      over = true
      signal.removeEventListener('abort', onAbort)
      // The socket's own listener may be quicker than ours: what looks like the end of a body is then the deadline.
      const settled = signal.aborted ? abortedAt(progress, signal) : outcome
      // Closing and judging wait until all that arrived in this turn of the event loop has got its time stamp.
      inTurn(conclude, settled)
    }
    const conclude = (settled: Exchanged | Failure) => {
      // In this order: a socket that closes while undici still counts on it is, for undici, a bug that ends the process.
      cleanUp?.()
      socket.destroy()
      resolve(settled)
    }
    const onAbort = () => finish(abortedAt(progress, signal))
    const bug = (thrown: unknown) => {
      reject(thrown)
      onAbort()
    }
    if (signal.aborted) return onAbort()
    // A socket that ended before we listened tells nobody again.
    if (socket.destroyed) return finish(connectionFailure(socket.errored ?? new Error('closed'), progress))
    signal.addEventListener('abort', onAbort)
    const parts: ExchangeParts = { socket, request, receiver, clock, progress, finish, bug }
    if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') cleanUp = exchangeHttp2(parts)
    else exchangeHttp1(parts)
  })
}

/** Time is counted as `transfer` from the first byte on; the reason still says whether the headers were complete. */
function abortedAt({ head, firstBytes }: Progress, signal: AbortSignal): Failure {
  if (head !== undefined) return aborted('transfer', signal)
  const silent = aborted('processing', signal)
  return firstBytes === '' ? silent : { ...silent, phase: 'transfer', message: headersTooSlow(silent) }
}

function headersTooSlow({ reason, message }: Failure): string {
  return reason === 'cancelled' ? message : 'The answer began, but its headers were not complete by the deadline'
}
