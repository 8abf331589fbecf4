/**
 * HTTP/1.1 on a socket that stands, with a reader of our own: the first byte gets its time stamp, HTTP/1.0 is told from
 * 1.1, and a probe leaves next to nothing behind for which the garbage collector would have to stop the others.
 */
import { encodeRequestHead } from '../../wire/http-request.ts'
import { createResponseReader, endResponse, type Reading, readResponse } from '../../wire/http-response.ts'
import type { ExchangeParts } from './exchange.ts'
import { connectionFailure, readFailure, UNASKED_SWITCH, UNSENDABLE } from './exchange-failure.ts'

export function exchangeHttp1({ socket, request, receiver, clock, progress, finish, bug }: ExchangeParts): void {
  const head = encodeRequestHead(request)
  if (head === undefined) {
    finish(UNSENDABLE)
    return
  }
  const flow = { resume: () => void socket.resume(), fail: finish }
  const reader = createResponseReader(request.method, {
    onHead(given) {
      if (given.statusCode === 101 && request.upgrade === undefined) {
        finish(UNASKED_SWITCH)
        return false
      }
      progress.head = given
      return receiver.onHead(given, flow)
    },
    onData(chunk) {
      progress.bodyBytes += chunk.length
      if (!receiver.onData(chunk)) socket.pause()
    },
  })
  const settle = (reading: Reading) => {
    if (reading.state === 'fault') finish(readFailure(reading.fault, reading.found, progress))
    else if (reading.state === 'done' && progress.head !== undefined) {
      finish({ ok: true, head: progress.head, atMs: performance.now() })
    }
  }
  socket.on('data', (chunk: Buffer) => {
    if (progress.firstBytes === '') {
      clock.enter('transfer')
      progress.firstBytes = chunk.toString('latin1', 0, 8)
    }
    try {
      settle(readResponse(reader, chunk))
    } catch (thrown) {
      bug(thrown)
    }
  })
  const onEnd = () => settle(endResponse(reader))
  socket.on('end', onEnd)
  socket.on('close', onEnd)
  socket.on('error', (error) => finish(connectionFailure(error, progress)))
  clock.enter('processing')
  if (request.body === undefined) socket.write(head, 'latin1')
  else socket.write(Buffer.concat([Buffer.from(head, 'latin1'), request.body]))
}
