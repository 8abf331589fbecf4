/** What is noted of each request: one log line, one span, one histogram entry, one Server-Timing header. */
import { isSpanContextValid, type Span } from '@opentelemetry/api'
import type { Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { knownMethod, type Telemetry } from './telemetry.ts'

/** A path is the client's to choose: bounded, so that it cannot fill the log. */
const LONGEST_PATH = 256
/** The client went before there was a status to send; nginx's number for it, which log tools know. */
const UNANSWERED = 499

export function observeRequests(telemetry: Telemetry, logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now()
    const elapsedMs = () => performance.now() - startedMs
    const span = telemetry.startSpan(request.method, request.headers)
    const scheme = arrivedByTls(request) ? 'https' : 'http'
    telemetry.countStarted(request.method, scheme)
    beforeHeaders(response, () => {
      response.setHeader('Server-Timing', `app;dur=${elapsedMs().toFixed(1)}`)
      if (isSpanContextValid(span.spanContext())) response.setHeader('traceresponse', traceresponse(span))
    })
    response.once('close', () => {
      const served = {
        method: request.method,
        scheme,
        route: routeOf(request),
        statusCode: response.headersSent ? response.statusCode : UNANSWERED,
        durationSeconds: elapsedMs() / 1000,
        aborted: !response.writableFinished,
      } as const
      telemetry.countServed(served)
      endSpan(span, served)
      logger.info(
        {
          method: served.method,
          path: loggedPath(request.url),
          route: served.route,
          status: served.statusCode,
          duration_ms: Math.round(served.durationSeconds * 1e6) / 1e3,
          ...(served.aborted ? { aborted: true } : {}),
          ...traceIds(span),
        },
        'request',
      )
    })
    telemetry.within(span, next)
  }
}

/** Whether the client's own connection was TLS: ours never is, the edge in front of us says so. */
export function arrivedByTls(request: Request): boolean {
  return request.headers['x-forwarded-proto']?.toString().split(',')[0]?.trim().toLowerCase() === 'https'
}

/** Node has no event before the headers go; they can only be completed inside writeHead. */
function beforeHeaders(response: Response, complete: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...all: unknown[]) => Response
  response.writeHead = (...all: unknown[]) => {
    if (!response.headersSent) complete()
    return writeHead(...all)
  }
}

/** None when OTEL_SDK_DISABLED leaves only spans of zeros. */
function traceIds(span: Span): object {
  const { traceId, spanId } = span.spanContext()
  return isSpanContextValid(span.spanContext()) ? { trace_id: traceId, span_id: spanId } : {}
}

/** https://www.w3.org/TR/trace-context-2/#traceresponse-header */
function traceresponse(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`
}

function endSpan(span: Span, served: { method: string; route: string; statusCode: number; aborted: boolean }): void {
  span.updateName(`${knownMethod(served.method)} ${served.route}`)
  span.setAttributes({ 'http.route': served.route, 'http.response.status_code': served.statusCode })
  if (served.aborted) span.setAttribute('error.type', 'aborted')
  // A server's span fails by the server's fault only: 2 is ERROR. https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
  if (served.statusCode >= 500) span.setStatus({ code: 2 })
  span.end()
}

function routeOf(request: Request): string {
  const path: unknown = request.route?.path
  return typeof path === 'string' ? path : 'other'
}

/** Without the query and, in a proxy's absolute form, without scheme and authority: both may hold secrets. */
export function loggedPath(url: string): string {
  const path = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path
}
