import type { OutgoingHttpHeaders } from 'node:http2'
import type { GrpcModule } from '../../config/schema.ts'
import { type Failure, failure } from '../../net/outcome.ts'

/** What shapes the call itself; grpc-go leaves them out of metadata without a word. */
const NOT_SENT = new Set(['content-type', 'user-agent', 'te', 'host'])
/** Forbidden in HTTP/2 (RFC 9113 §8.2.2), or ours to count. */
const HTTP_1 = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
])

/** gRPC over HTTP/2, Custom-Metadata: the names, and the values of those that do not end in `-bin`. */
const NAME = /^[0-9a-z_.-]+$/
const ASCII_VALUE = /^[\x20-\x7e]*$/

export interface CallHeaders {
  readonly ok: true
  readonly headers: OutgoingHttpHeaders
}

/** Without `grpc-timeout`, which is known when the call begins. */
export function callHeaders(authority: string, module: GrpcModule, userAgent: string): CallHeaders | Failure {
  const headers: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':scheme': module.useTls ? 'https' : 'http',
    ':path': '/grpc.health.v1.Health/Check',
    ':authority': authority,
    'content-type': 'application/grpc',
    'user-agent': userAgent,
    te: 'trailers',
  }
  for (const { name, values } of module.metadata) {
    if (NOT_SENT.has(name) || HTTP_1.has(name) || name.startsWith('grpc-') || name.startsWith(':')) continue
    const isBinary = name.endsWith('-bin')
    if (!NAME.test(name) || (!isBinary && !values.every((value) => ASCII_VALUE.test(value)))) return unfit(name)
    headers[name] = isBinary ? values.map(base64) : [...values]
  }
  return { ok: true, headers }
}

/** At most eight digits and a unit; rounded up, for the deadline is ours to keep. */
export function timeoutText(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms))
  return whole < 100_000_000 ? `${whole}m` : `${Math.ceil(whole / 1000)}S`
}

/** As grpc-go: without padding. */
function base64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64').replace(/=+$/, '')
}

function unfit(name: string): Failure {
  const shown = JSON.stringify(name.slice(0, 80))
  const rule =
    'names have lower-case letters, digits and _ . -, and values printable ASCII unless the name ends in -bin'
  return failure('prepare', 'internal', `The metadata ${shown} cannot be sent: ${rule}. Change the module`)
}
