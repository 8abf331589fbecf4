import type { OutgoingHttpHeaders } from 'node:http2'
import { isOfTheCall } from '../../config/grpc-call.ts'
import type { GrpcModule } from '../../config/schema.ts'
import { encodeTraceparent, type TraceParent } from '../../wire/traceparent.ts'

/** Without `grpc-timeout`, which is known when the call begins. */
export function callHeaders(
  authority: string,
  module: GrpcModule,
  userAgent: string,
  span: TraceParent | undefined,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':scheme': module.useTls ? 'https' : 'http',
    ':path': '/grpc.health.v1.Health/Check',
    ':authority': authority,
    'content-type': 'application/grpc',
    'user-agent': userAgent,
    te: 'trailers',
    ...(span === undefined ? {} : { traceparent: encodeTraceparent(span) }),
  }
  for (const { name, values } of module.metadata) {
    if (isOfTheCall(name)) continue
    headers[name] = name.endsWith('-bin') ? values.map(base64) : [...values]
  }
  return headers
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
