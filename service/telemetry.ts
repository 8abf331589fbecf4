/** OpenTelemetry: request metrics in Prometheus' form and a span for each request. */
import { context, metrics, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { startNodeSdk } from '@opentelemetry/sdk-node'
import type { Environment, Settings } from './settings.ts'

/** What one request came to. Every value of `route` is a template from our own source, or `other`. */
export interface ServedRequest {
  readonly method: string
  readonly route: string
  readonly scheme: 'http' | 'https'
  readonly statusCode: number
  readonly durationSeconds: number
  /** The client went before the answer was complete. */
  readonly aborted: boolean
}

export interface Telemetry {
  /** A server span that continues the caller's `traceparent`; an absent or malformed one starts a new trace. */
  startSpan(method: string, headers: Readonly<Record<string, string | string[] | undefined>>): Span
  /** What is done inside sees the span as its parent. */
  within(span: Span, work: () => void): void
  countStarted(method: string, scheme: 'http' | 'https'): void
  countServed(request: ServedRequest): void
  /** Prometheus' text format 0.0.4. */
  exposition(): Promise<string>
  shutdown(): Promise<void>
}

/** Seconds. https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** RFC 9110 §9.1 and RFC 5789; the semantic conventions want anything else as `_OTHER`, which bounds the label. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** Without any processor there would be no tracer at all, and so no trace id for the log. */
const UNEXPORTED = {
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

export function startTelemetry(settings: Settings, environment: Environment): Telemetry {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const exportsTraces = Boolean(
    environment.OTEL_EXPORTER_OTLP_ENDPOINT || environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  )
  const sdk = startNodeSdk({
    logLevel: 'warn',
    resourceAttributes: {
      'service.name': environment.OTEL_SERVICE_NAME || 'hello',
      'service.version': settings.version,
      'vcs.ref.head.revision': settings.commitSha,
    },
    resourceDetectors: [],
    instrumentations: [],
    metricReaders: [reader],
    logRecordProcessors: [],
    // Left out, the SDK reads OTEL_EXPORTER_OTLP_*; without an endpoint it would call localhost:4318 for ever.
    ...(exportsTraces ? {} : { spanProcessors: [UNEXPORTED] }),
  })
  observeProcess()
  const serializer = new PrometheusSerializer('', false, undefined, false, true)
  return {
    ...requestTelemetry(),
    exposition: async () => `${serializer.serialize((await reader.collect()).resourceMetrics).trimEnd()}\n`,
    shutdown: () => sdk.shutdown(),
  }
}

function requestTelemetry(): Pick<Telemetry, 'startSpan' | 'within' | 'countStarted' | 'countServed'> {
  const meter = metrics.getMeter('hello')
  const tracer = trace.getTracer('hello')
  // The exporter derives no unit from the instrument: the name carries it, as Prometheus wants.
  const duration = meter.createHistogram('http_server_request_duration_seconds', {
    description: 'Duration of HTTP requests, until the last byte was handed over. Its count is the request rate.',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  })
  const active = meter.createUpDownCounter('http_server_active_requests', {
    description: 'HTTP requests in flight.',
  })
  return {
    startSpan(method, headers) {
      const parent = propagation.extract(ROOT_CONTEXT, headers)
      const attributes = { 'http.request.method': knownMethod(method) }
      return tracer.startSpan(knownMethod(method), { kind: SpanKind.SERVER, attributes }, parent)
    },
    within: (span, work) => context.with(trace.setSpan(context.active(), span), work),
    countStarted: (method, scheme) => active.add(1, activeLabels(method, scheme)),
    countServed(request) {
      active.add(-1, activeLabels(request.method, request.scheme))
      duration.record(request.durationSeconds, durationLabels(request))
    },
  }
}

function activeLabels(method: string, scheme: string): Record<string, string> {
  return { http_request_method: knownMethod(method), url_scheme: scheme }
}

function durationLabels({ method, scheme, route, statusCode, aborted }: ServedRequest): Record<string, string> {
  const error = aborted ? 'aborted' : statusCode >= 500 ? String(statusCode) : undefined
  return {
    http_request_method: knownMethod(method),
    url_scheme: scheme,
    http_route: route,
    http_response_status_code: String(statusCode),
    ...(error === undefined ? {} : { error_type: error }),
  }
}

export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : '_OTHER'
}

/** The names that every Prometheus client library uses, so that common dashboards find them. */
function observeProcess(): void {
  const meter = metrics.getMeter('process')
  meter
    .createObservableCounter('process_cpu_seconds_total', { description: 'User and system CPU time spent.' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage()
      result.observe((user + system) / 1e6)
    })
  meter
    .createObservableGauge('process_resident_memory_bytes', { description: 'Resident memory.' })
    .addCallback((result) => result.observe(process.memoryUsage.rss()))
  const startedAtSeconds = Date.now() / 1000 - process.uptime()
  meter
    .createObservableGauge('process_start_time_seconds', { description: 'Start of the process, Unix time.' })
    .addCallback((result) => result.observe(startedAtSeconds))
}
