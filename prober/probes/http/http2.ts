/** HTTP/2 on a socket whose TLS chose it, by undici's dispatch. */
import type { Socket } from 'node:net'
import type { Client as Undici, Dispatcher } from 'undici'
import { Client } from '../../net/undici.ts'
import { MOST_HEADER_BYTES, MOST_INTERIM_ANSWERS } from '../../wire/http-response.ts'
import type { ExchangeParts, OutgoingRequest } from './exchange.ts'
import { http2Failure, readFailure } from './exchange-failure.ts'

/** undici wants an origin, yet the socket stands already and `host` is given: only the scheme of it is ever sent. */
const ORIGIN = new URL('https://origin.invalid')

/**
 * Sends at most once: undici would replay a request after GOAWAY or REFUSED_STREAM (blackbox_exporter #1453). To be
 * called when all is over: what is returned.
 */
export function exchangeHttp2(parts: ExchangeParts): () => void {
  const client = new Client(ORIGIN, clientOptions(parts.socket))
  client.dispatch(dispatchOptions(parts.request), dispatchHandler(parts))
  return () => void client.destroy().catch(ignore)
}

function dispatchHandler(parts: ExchangeParts): Dispatcher.DispatchHandler {
  const { socket, clock, progress, finish } = parts
  const receiver = guarded(parts)
  let sent = false
  let interim = 0
  // An alert of TLS and then the end of the stream: undici keeps the last error, which says less.
  let firstError: Error | undefined
  socket.on('error', (error) => {
    firstError ??= error
  })
  const noteFirstByte = () => {
    if (progress.firstBytes === '') clock.enter('transfer')
    progress.firstBytes = 'HTTP/2.0'
  }
  return {
    onRequestStart(controller) {
      if (sent) controller.abort(new Error('a probe sends its request once'))
      else clock.enter('processing')
      sent = true
    },
    onResponseStarted: noteFirstByte,
    onResponseStart(controller, statusCode, headers) {
      noteFirstByte()
      if (statusCode < 200) {
        interim += 1
        if (interim <= MOST_INTERIM_ANSWERS) return
        return finish(readFailure('too_many_interim', `more than ${MOST_INTERIM_ANSWERS} interim answers`, progress))
      }
      progress.head = { statusCode, version: 2, headers }
      const flow = { resume: () => controller.resume(), fail: finish }
      if (receiver.onHead(progress.head, flow)) return
      finish({ ok: true, head: progress.head, atMs: performance.now() })
    },
    onResponseData(controller, chunk) {
      progress.bodyBytes += chunk.length
      if (!receiver.onData(chunk)) controller.pause()
    },
    onResponseEnd() {
      if (progress.head !== undefined) finish({ ok: true, head: progress.head, atMs: performance.now() })
    },
    onResponseError: (_controller, error) => finish(http2Failure(firstError ?? error, progress)),
  }
}

/** undici would take a bug of ours for a fault of the connection. */
function guarded({ receiver, bug }: ExchangeParts): ExchangeParts['receiver'] {
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

function dispatchOptions({ method, path, headers, body }: OutgoingRequest): Dispatcher.DispatchOptions {
  return { method, path, headers: headers as string[], body: body ?? null, reset: true }
}

/** Its timers are off: the probe has one deadline. */
function clientOptions(socket: Socket): Undici.Options {
  let given = false
  return {
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
    h2Options: { pingInterval: 0 },
    // undici hangs when the connector answers before it returns.
    connect: (_options, callback) => {
      if (given) queueMicrotask(() => callback(new Error('a probe connects once'), null))
      else queueMicrotask(() => callback(null, socket))
      given = true
    },
  }
}

function ignore(): void {}
