/** What a server's answer to Health/Check means: head, frames and trailers in, one verdict out. Knows no sockets. */
import { type Failure, failure, type Phase, type Reason } from '../../net/outcome.ts'
import { decodeCheckResponse, frameBytes, type GrpcFrame, readFrame } from '../../wire/grpc-health.ts'
import type { SentLines } from '../stream/excerpt.ts'
import { parseStatus, STATUS, serverWords, statusOfHttp, statusText } from './status.ts'

/** Names in lower case; one character per byte. */
export type Headers = Readonly<Record<string, string | number | readonly string[] | undefined>>

export interface Served {
  readonly ok: true
  /** The number of HealthCheckResponse.status. */
  readonly serving: number
}

export interface CallFailure extends Failure {
  /** As grpc-go would have it. */
  readonly statusCode: number
}

/** Each gives a failure once nothing that follows can mend it. */
export interface Answer {
  onHead(headers: Headers): CallFailure | undefined
  onData(chunk: Buffer): CallFailure | undefined
  onTrailers(headers: Headers): void
  /** The stream ended as streams should. */
  onEnd(): Served | CallFailure
}

/** grpc-go takes 4 MiB; a HealthCheckResponse has two bytes. */
const MAX_MESSAGE_BYTES = 65_536

/** `sent`: what is not shown when the server repeats it. */
export function createAnswer(sent: SentLines): Answer {
  let head: Headers = {}
  let trailers: Headers | undefined
  let received: Buffer = Buffer.alloc(0)
  return {
    onHead(headers) {
      head = headers
      return foreignAnswer(headers)
    },
    onData(chunk) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const frame = readFrame(received)
      return frame === undefined ? undefined : unfitFrame(frame, received.length, head)
    },
    onTrailers(headers) {
      trailers = headers
    },
    onEnd() {
      // An answer without a message may carry its status in the head (Trailers-Only).
      const last = trailers?.['grpc-status'] === undefined && received.length === 0 ? head : (trailers ?? {})
      return statusFailure(last, head, trailers !== undefined, sent) ?? servedBy(received)
    },
  }
}

export function callFailure(statusCode: number, phase: Phase, reason: Reason, message: string): CallFailure {
  return { ...failure(phase, reason, message), statusCode }
}

const broken = (message: string) => callFailure(STATUS.INTERNAL, 'transfer', 'body_malformed', message)

/** What gRPC's servers say is `application/grpc`, maybe with `+proto` or a parameter. */
const GRPC_CONTENT = /^application\/grpc(?:[+;]|$)/

/** Proxies and web servers answer in their own way: the HTTP status then tells more than that it is no gRPC. */
function foreignAnswer(head: Headers): CallFailure | undefined {
  const contentType = textOf(head['content-type'])
  if (contentType !== undefined && GRPC_CONTENT.test(contentType)) return undefined
  const httpStatus = httpStatusOf(head)
  const found = contentType === undefined ? 'without a content type' : `of type ${shownValue(contentType)}`
  if (httpStatus === 200) {
    const message = `The answer ${found} is no gRPC; does a web server listen on this port?`
    return callFailure(STATUS.UNKNOWN, 'transfer', 'response_malformed', message)
  }
  return httpFailure(httpStatus, `an answer ${found}, and no gRPC; is there a proxy in between?`)
}

function httpFailure(httpStatus: number, found: string): CallFailure {
  const statusCode = statusOfHttp(httpStatus)
  return callFailure(
    statusCode,
    'check',
    'grpc_status',
    `HTTP status ${httpStatus}, which is ${statusText(statusCode)}: ${found}`,
  )
}

function unfitFrame(frame: GrpcFrame, receivedBytes: number, head: Headers): CallFailure | undefined {
  const { flag, lengthBytes } = frame
  if (flag === 1) {
    const encoding = textOf(head['grpc-encoding'])
    const how = encoding === undefined || encoding === 'identity' ? '' : ` with ${shownValue(encoding)}`
    return broken(`The message is compressed${how}, although the probe accepts only what is not`)
  }
  if (flag !== 0) return broken(`The message begins with the byte ${flag}, which is neither 0 nor 1: this is no gRPC`)
  if (lengthBytes > MAX_MESSAGE_BYTES) {
    const message = `The message has ${lengthBytes} bytes; the limit is ${MAX_MESSAGE_BYTES}, and a health check takes two`
    return callFailure(STATUS.RESOURCE_EXHAUSTED, 'transfer', 'body_too_large', message)
  }
  return receivedBytes > frameBytes(frame) ? broken('More than one message came, where one is the rule') : undefined
}

/** undefined: the call ended with OK. */
function statusFailure(last: Headers, head: Headers, withTrailers: boolean, sent: SentLines): CallFailure | undefined {
  const text = textOf(last['grpc-status'])
  if (text === undefined) return noStatus(httpStatusOf(head), withTrailers || last === head)
  const statusCode = parseStatus(text)
  if (statusCode === undefined) {
    const message = `The answer's grpc-status is no number: ${shownValue(text)}`
    return callFailure(STATUS.UNKNOWN, 'transfer', 'response_malformed', message)
  }
  if (statusCode === STATUS.OK) return undefined
  const words = serverWords(textOf(last['grpc-message']) ?? '', sent)
  const said = words === '' ? 'and said no more' : `and said: ${words}`
  const message = `The server ended the call with ${statusText(statusCode)} ${said}${hintOf(statusCode)}`
  return callFailure(statusCode, 'check', 'grpc_status', message)
}

function noStatus(httpStatus: number, withTrailers: boolean): CallFailure {
  if (httpStatus !== 200) return httpFailure(httpStatus, 'the answer has no grpc-status')
  if (withTrailers) {
    const message = 'The answer ended without a grpc-status; does a proxy in between drop trailers?'
    return callFailure(STATUS.UNKNOWN, 'transfer', 'response_malformed', message)
  }
  const message = 'The answer ended without trailers, where grpc-status belongs; does a proxy in between drop them?'
  return callFailure(STATUS.INTERNAL, 'transfer', 'response_malformed', message)
}

function hintOf(statusCode: number): string {
  if (statusCode === STATUS.UNIMPLEMENTED) return ' (does it register grpc.health.v1.Health?)'
  if (statusCode === STATUS.NOT_FOUND) return ' (see service in the module)'
  return ''
}

function servedBy(received: Buffer): Served | CallFailure {
  const frame = readFrame(received)
  if (frame === undefined) return broken('The call ended with OK, but without a message')
  const { message, lengthBytes } = frame
  if (message === undefined) {
    return broken(`The message ended after ${received.length} bytes, of ${frameBytes(frame)} announced`)
  }
  const serving = decodeCheckResponse(message)
  if (serving !== undefined) return { ok: true, serving }
  return broken(`The message of ${lengthBytes} bytes is no HealthCheckResponse: it is not protobuf`)
}

function httpStatusOf(head: Headers): number {
  return Number(head[':status'])
}

function textOf(value: Headers[string]): string | undefined {
  if (value === undefined) return undefined
  return String(typeof value === 'object' ? value[0] : value)
}

function shownValue(value: string): string {
  return JSON.stringify(value.slice(0, 80).replace(/[^\x20-\x7e]/g, '?'))
}
