/** The opening handshake (RFC 6455 §4.1) on a socket that stands. */
import type { ClientRequest, ClientRequestArgs, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import { MOST_HEADER_BYTES, MOST_INTERIM_ANSWERS } from '../../wire/http-response.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { createInbox, type Inbox } from './inbox.ts'

export interface Handshake {
  readonly url: URL
  readonly headers: OutgoingHttpHeaders
  /** Whether TLS had one to show: TLS 1.3 servers refuse it, or its absence, only now. */
  readonly clientCertificate: boolean
}

export interface Opened {
  readonly ok: true
  readonly websocket: WebSocket
  readonly inbox: Inbox
  /** `performance.now()` when the answer had come. */
  readonly atMs: number
}

/** Of a message, all its fragments together. */
export const MAX_MESSAGE_BYTES = 1_048_576

const LIMITS = {
  maxHeaderSize: MOST_HEADER_BYTES,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: false,
  autoPong: false,
  /** In ms. That a peer said goodbye is known only when the connection has ended, and some never end theirs. */
  closeTimeout: 50,
} as const

/** `onStatus`: of the answer, as soon as it is known. The clock is left in `processing`; the socket is the caller's to destroy. */
export function openWebsocket(
  socket: Socket,
  handshake: Handshake,
  onStatus: (statusCode: number) => void,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Opened | Failure> {
  if (signal.aborted) return Promise.resolve(aborted('processing', signal))
  // Node's request would wait for a socket that is gone already.
  if (socket.destroyed) return Promise.resolve(CLOSED)
  return new Promise((resolve) => {
    const settle = (outcome: Opened | Failure) => {
      signal.removeEventListener('abort', onAbort)
      // The socket's own listener may be quicker than ours: what looks like a reset is then the deadline.
      resolve(signal.aborted ? aborted('processing', signal) : outcome)
    }
    const onAbort = () => settle(aborted('processing', signal))
    signal.addEventListener('abort', onAbort)
    const finishRequest = (request: ClientRequest) => {
      limitInterim(request, settle)
      clock.enter('processing')
      request.end()
    }
    const websocket = new WebSocket(handshake.url, optionsFor(socket, handshake, finishRequest))
    const inbox = createInbox(websocket)
    websocket.on('upgrade', (response) => {
      onStatus(101)
      // The module's headers may offer subprotocols, of which ws knows nothing: it would refuse what was chosen.
      delete response.headers['sec-websocket-protocol']
    })
    websocket.on('unexpected-response', (_request, response) => {
      onStatus(response.statusCode ?? 0)
      settle(refused(response))
    })
    websocket.on('error', (error) => settle(handshakeFailure(error, handshake.clientCertificate)))
    websocket.on('open', () => settle({ ok: true, websocket, inbox, atMs: performance.now() }))
  })
}

function optionsFor(
  socket: Socket,
  { headers }: Handshake,
  finishRequest: (request: ClientRequest) => void,
): ClientOptions | ClientRequestArgs {
  return { ...LIMITS, headers, createConnection: () => socket, finishRequest }
}

function limitInterim(request: ClientRequest, settle: (failed: Failure) => void): void {
  let interim = 0
  request.on('information', () => {
    interim += 1
    if (interim === MOST_INTERIM_ANSWERS + 1) settle(failure('processing', 'response_malformed', TOO_MANY_INTERIM))
  })
}

const TOO_MANY_INTERIM = `The server sent more than ${MOST_INTERIM_ANSWERS} interim answers (1xx) and no final one`

function refused({ statusCode = 0, statusMessage = '' }: IncomingMessage): Failure {
  const words = statusMessage.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)
  const found = `The server answered ${statusCode}${words === '' ? '' : ` ${words}`} where 101 opens a WebSocket`
  return failure('processing', 'websocket_refused', `${found}${hintOf(statusCode)}`)
}

function hintOf(statusCode: number): string {
  if (statusCode === 401 || statusCode === 403) return ': it wants other credentials, or an Origin header that it knows'
  if (statusCode === 404) return ': is the path right?'
  if (statusCode >= 300 && statusCode < 400) return ': redirects are not followed'
  if (statusCode === 200) return ': no WebSocket is served under this path'
  return ''
}

const CLOSED = failure('processing', 'response_reset', 'The server closed the connection without an answer')

function handshakeFailure(error: NodeJS.ErrnoException, clientCertificate: boolean): Failure {
  const late = classifyTlsError(error, clientCertificate)
  if (late !== undefined) return late
  const fail = (reason: Reason, message: string) => failure('processing', reason, message)
  const { code = '', message } = error
  if (code === 'HPE_HEADER_OVERFLOW') {
    return fail(
      'response_headers_too_large',
      `The headers of the answer are larger than ${MOST_HEADER_BYTES / 1024} KiB`,
    )
  }
  if (code.startsWith('HPE_')) {
    return fail('response_malformed', `The answer is not HTTP/1.0 or HTTP/1.1: ${message.slice(0, 100)}`)
  }
  if (code === '')
    return fail('response_malformed', `The answer breaks the rules of WebSocket: ${message.slice(0, 100)}`)
  return message === 'socket hang up'
    ? CLOSED
    : fail('response_reset', 'The server reset the connection before its answer was complete')
}
