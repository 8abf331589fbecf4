import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { Client, type Dispatcher } from 'undici'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure } from '../../net/outcome.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { exchangeFailure, type Progress } from './exchange-failure.ts'
import { endWithoutStackTraces } from './traceless.ts'

/** Names in lower case. One character per byte, as they came. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Head {
  readonly statusCode: number
  /** 1, 1.1 or 2. */
  readonly version: number
  readonly headers: ResponseHeaders
}

export interface OutgoingRequest {
  readonly method: string
  /** Origin form, or absolute for a plain proxy. */
  readonly path: string
  /** Name, value, name, value, …; `host` among them. */
  readonly headers: readonly string[]
  readonly body: Buffer | undefined
  /** The value of an Upgrade header, HTTP/1.1 only. */
  readonly upgrade: string | undefined
}

/** Who takes the answer. */
export interface Receiver {
  /** false: the body is not wanted, the exchange is over. */
  onHead(head: Head, flow: Flow): boolean
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
  readonly head: Head
  /** `performance.now()` of the last byte. */
  readonly atMs: number
}

/** A connection that is ready for a request. */
export interface Carrier {
  readonly socket: Socket
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
}

/**
 * undici wants an origin per client, yet the socket stands already and `host` is given with each request: two
 * constants save two URL parsings per probe. Only the scheme of them is ever sent (`:scheme` of HTTP/2).
 */
const ORIGINS = { http: new URL('http://origin.invalid'), https: new URL('https://origin.invalid') } as const

/** Go's client takes 10 MiB; so much is never meant. Endless headers end here. */
const MAX_HEADER_BYTES = 262_144
/** Endless 1xx answers end here, by the number that Go's client allows. */
const MAX_INTERIM_RESPONSES = 5

/**
 * One request and its answer over a socket that stands, HTTP/2 when its TLS chose so. Sends at most once: undici would
 * replay a request after GOAWAY or REFUSED_STREAM (blackbox_exporter #1453). Owns the socket: it is destroyed at the
 * end in every case.
 */
export function exchange(
  { socket, clientCertificate }: Carrier,
  request: OutgoingRequest,
  receiver: Receiver,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Exchanged | Failure> {
  return new Promise((resolve, reject) => {
    const secure = 'alpnProtocol' in socket
    const http2 = secure && socket.alpnProtocol === 'h2'
    const client = new Client(secure ? ORIGINS.https : ORIGINS.http, clientOptions(socket))
    const progress: Progress = { clientCertificate, firstBytes: '', head: undefined, bodyBytes: 0 }
    let over = false
    const finish = (outcome: Exchanged | Failure) => {
      if (over) return
      over = true
      signal.removeEventListener('abort', onAbort)
      socket.on('error', ignore)
      socket.destroy()
      // A complete HTTP/1 answer leaves undici nothing to do.
      if (http2 || !outcome.ok) client.destroy().catch(ignore)
      else endWithoutStackTraces(socket)
      // The socket's own listener may be quicker than ours: what looks like the end of a body is then the deadline.
      const settled = signal.aborted ? abortedAt(progress, signal) : outcome
      // The judging waits until all that arrived in this turn of the event loop has got its time stamp.
      setImmediate(resolve, settled)
    }
    const onAbort = () => finish(abortedAt(progress, signal))
    const parts = { socket, http2, receiver: guarded(receiver, reject), clock, progress, finish }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    if (!http2) tapFirstBytes(socket, progress, clock)
    client.dispatch(dispatchOptions(request), dispatchHandler(parts))
  })
}

/** undici would take a bug of ours for a fault of the connection. */
function guarded(receiver: Receiver, bug: (thrown: unknown) => void): Receiver {
  const guard = (work: () => boolean) => {
    try {
      return work()
    } catch (thrown) {
      bug(thrown)
      return false
    }
  }
  return {
    onHead: (head, flow) => guard(() => receiver.onHead(head, flow)),
    onData: (chunk) => guard(() => receiver.onData(chunk)),
  }
}

interface HandlerParts {
  readonly socket: Socket
  readonly http2: boolean
  readonly receiver: Receiver
  readonly clock: PhaseClock
  readonly progress: Progress
  finish(outcome: Exchanged | Failure): void
}

function dispatchHandler({
  socket,
  http2,
  receiver,
  clock,
  progress,
  finish,
}: HandlerParts): Dispatcher.DispatchHandler {
  let sent = false
  let interim = 0
  // An alert of TLS and then the end of the stream: undici keeps the last error, which says less.
  let firstError: Error | undefined
  socket.on('error', (error) => {
    firstError ??= error
  })
  return {
    onRequestStart(controller) {
      if (sent) controller.abort(new Error('a probe sends its request once'))
      else clock.enter('processing')
      sent = true
    },
    onResponseStarted() {
      if (http2 && progress.head === undefined) noteFirstByte(progress, clock, 'HTTP/2.0')
    },
    onResponseStart(controller, statusCode, headers) {
      if (http2) noteFirstByte(progress, clock, 'HTTP/2.0')
      if (statusCode < 200) {
        interim += 1
        if (interim > MAX_INTERIM_RESPONSES) finish(tooManyInterim())
        return
      }
      progress.head = { statusCode, version: versionOf(progress.firstBytes), headers }
      const flow = { resume: () => controller.resume(), fail: finish }
      const wanted = receiver.onHead(progress.head, flow)
      if (!wanted) finish({ ok: true, head: progress.head, atMs: performance.now() })
    },
    onResponseData(controller, chunk) {
      progress.bodyBytes += chunk.length
      if (!receiver.onData(chunk)) controller.pause()
    },
    onResponseEnd() {
      if (progress.head !== undefined) finish({ ok: true, head: progress.head, atMs: performance.now() })
    },
    onRequestUpgrade(_controller, statusCode, headers, upgraded) {
      upgraded.on('error', ignore).destroy()
      const head = { statusCode, version: versionOf(progress.firstBytes), headers }
      receiver.onHead(head, { resume: ignore, fail: finish })
      finish({ ok: true, head, atMs: performance.now() })
    },
    onResponseError(_controller, error) {
      finish(exchangeFailure(firstError ?? error, progress))
    },
  }
}

function dispatchOptions({ method, path, headers, body, upgrade }: OutgoingRequest): Dispatcher.DispatchOptions {
  return {
    method,
    path,
    headers: headers as string[],
    body: body ?? null,
    // Connection: close. undici takes an upgrade instead of it, not beside it.
    ...(upgrade === undefined ? { reset: true } : { upgrade }),
  }
}

/** Its timers are off: the probe has one deadline. */
function clientOptions(socket: Socket): Client.Options {
  let given = false
  return {
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    h2Options: { pingInterval: 0 },
    // undici hangs when the connector answers before it returns.
    connect: (_options, callback) => {
      if (given) queueMicrotask(() => callback(new Error('a probe connects once'), null))
      else queueMicrotask(() => callback(null, socket))
      given = true
    },
  }
}

/**
 * undici tells neither when the first byte came nor which HTTP/1 it was, so the bytes are looked at on their way
 * into the stream, until the version has been seen.
 */
function tapFirstBytes(socket: Socket, progress: Progress, clock: PhaseClock): void {
  const push = socket.push
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) {
      const missing = VERSION_LENGTH - progress.firstBytes.length
      noteFirstByte(progress, clock, Buffer.from(chunk.subarray(0, missing)).toString('latin1'))
      if (progress.firstBytes.length >= VERSION_LENGTH) socket.push = push
    }
    return push.call(socket, chunk, encoding)
  }
}

const VERSION_LENGTH = 'HTTP/1.1'.length

function noteFirstByte(progress: Progress, clock: PhaseClock, bytes: string): void {
  if (progress.firstBytes === '') clock.enter('transfer')
  if (progress.firstBytes.length < VERSION_LENGTH) progress.firstBytes += bytes
}

function versionOf(statusLine: string): number {
  return Number(statusLine.slice('HTTP/'.length)) || 0
}

/** Time is counted as `transfer` from the first byte on; the reason still says whether the headers were complete. */
function abortedAt(progress: Progress, signal: AbortSignal): Failure {
  if (progress.head !== undefined) return aborted('transfer', signal)
  const silent = aborted('processing', signal)
  return progress.firstBytes === '' ? silent : { ...silent, phase: 'transfer', message: HEADERS_TOO_SLOW(silent) }
}

const HEADERS_TOO_SLOW = (silent: Failure) =>
  silent.reason === 'cancelled' ? silent.message : 'The answer began, but its headers were not complete by the deadline'

function tooManyInterim(): Failure {
  return failure(
    'transfer',
    'response_malformed',
    `The server sent more than ${MAX_INTERIM_RESPONSES} interim answers (1xx) and no final one`,
  )
}

function ignore(): void {}

/**
 * Has undici compile its parser, some 5 ms that the first probe would count as its target's: one exchange without a
 * network.
 */
export async function warmUp(): Promise<void> {
  const socket = new Duplex({
    read: ignore,
    write(_chunk, _encoding, written) {
      written()
      this.push('HTTP/1.1 204 No Content\r\n\r\n')
    },
  }) as Socket
  const request = {
    method: 'GET',
    path: '/',
    headers: ['host', 'warm-up.invalid'],
    body: undefined,
    upgrade: undefined,
  }
  const receiver = { onHead: () => true, onData: () => true }
  const carrier = { socket, clientCertificate: false }
  await exchange(carrier, request, receiver, { enter: ignore }, new AbortController().signal)
}
