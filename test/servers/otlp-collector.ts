/** A collector on port 0 that decodes what it is sent, by a decoder that shares nothing with what wrote it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'
import type { Identity } from '../../cli/demo/authority.ts'
import { serveHttp } from './http.ts'

/** Names and numbers of opentelemetry-proto 1, as far as we send them. */
const PROTO = `
syntax = "proto3";
message TraceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  Status status = 15; fixed32 flags = 16;
}
message Status { string message = 2; int32 code = 3; }
message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message Metric {
  string name = 1; string description = 2; string unit = 3;
  Numbers gauge = 5; Numbers sum = 7; Histogram histogram = 9; repeated KeyValue metadata = 12;
}
message Numbers { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message NumberPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; double as_double = 4; repeated KeyValue attributes = 7;
}
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message HistogramPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated Exemplar exemplars = 8;
  repeated KeyValue attributes = 9;
}
message Exemplar { fixed64 time_unix_nano = 2; double as_double = 3; bytes span_id = 4; bytes trace_id = 5; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
}
message TraceAnswer { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }
`
const { root } = protobuf.parse(PROTO)

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: Attributes
  /** 2: error. */
  readonly status: { readonly code: number; readonly message: string }
  readonly resource: Attributes
}

export interface ReceivedPoint {
  readonly name: string
  readonly type: 'gauge' | 'sum' | 'histogram'
  readonly unit: string
  readonly description: string
  readonly metadata: Attributes
  /** 2: cumulative. */
  readonly temporality: number
  readonly isMonotonic: boolean
  readonly attributes: Attributes
  readonly startNs: bigint
  readonly timeNs: bigint
  /** Of a histogram its sum. */
  readonly value: number
  readonly count: number
  readonly bucketCounts: readonly number[]
  readonly bounds: readonly number[]
  readonly exemplars: readonly { readonly traceId: string; readonly value: number; readonly timeNs: bigint }[]
  readonly resource: Attributes
}

export interface Collector extends AsyncDisposable {
  /** What `endpoint:` takes. */
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  /** Of the latest request alone: all there is, as long as it fits into one. */
  readonly points: readonly ReceivedPoint[]
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  /** Resolves as soon as it holds, looked at after each request. */
  until(holds: () => boolean): Promise<void>
}

/** `answer`: what is sent back instead of the acceptance of all. */
export async function serveCollector(
  answer?: (response: ServerResponse, count: number) => void,
  identity?: Identity,
): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  let points: ReceivedPoint[] = []
  const requests: { path: string; headers: IncomingMessage['headers'] }[] = []
  const waiting = new Set<() => void>()
  const server = await serveHttp(
    async (request, response) => {
      const { url: path = '', headers } = request
      const sent = await buffer(request)
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
      if (path.endsWith('/v1/traces')) spans.push(...spansIn(body))
      if (path.endsWith('/v1/metrics')) points = [...pointsIn(body)]
      requests.push({ path, headers })
      if (answer === undefined) accept(response)
      else answer(response, requests.length)
      for (const look of waiting) look()
    },
    identity === undefined ? {} : { identity },
  )
  return {
    url: server.url.replace(/\/$/, ''),
    spans,
    get points() {
      return points
    },
    requests,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export function accept(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
}

/** Took all but so many. */
export function acceptPartly(response: ServerResponse, rejected: number, message: string): void {
  const type = root.lookupType('TraceAnswer')
  const bytes = type.encode(type.fromObject({ partialSuccess: { rejected, errorMessage: message } })).finish()
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(bytes)
}

/** 64-bit numbers are texts of digits, bytes texts of base64; what is not there is its type's zero, or null. */
interface RawKeyValue {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly boolValue?: boolean
    readonly intValue?: string
    readonly doubleValue?: number
  }
}
interface RawSpan extends Pick<ReceivedSpan, 'name' | 'kind'> {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly RawKeyValue[]
  readonly status: ReceivedSpan['status']
}
interface RawPoint {
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
  readonly attributes: readonly RawKeyValue[]
  readonly asDouble?: number
  readonly sum?: number
  readonly count?: string
  readonly bucketCounts?: readonly string[]
  readonly explicitBounds?: readonly number[]
  readonly exemplars?: readonly { readonly traceId: string; readonly asDouble: number; readonly timeUnixNano: string }[]
}
interface RawPoints {
  readonly dataPoints: readonly RawPoint[]
  readonly aggregationTemporality?: number
  readonly isMonotonic?: boolean
}
interface RawMetric extends Pick<ReceivedPoint, 'name' | 'unit' | 'description'> {
  readonly gauge: RawPoints | null
  readonly sum: RawPoints | null
  readonly histogram: RawPoints | null
  readonly metadata: readonly RawKeyValue[]
}
interface RawResource {
  readonly attributes: readonly RawKeyValue[]
}
interface RawTraces {
  readonly resourceSpans: readonly {
    readonly resource: RawResource
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[]
  }[]
}
interface RawMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: RawResource
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[]
  }[]
}

function decode<T>(type: string, body: Buffer): T {
  const found = root.lookupType(type)
  return found.toObject(found.decode(body), { longs: String, bytes: String, arrays: true, defaults: true }) as T
}

function spansIn(body: Buffer): ReceivedSpan[] {
  return decode<RawTraces>('TraceRequest', body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, kind, status, ...span }) => ({
        name,
        kind,
        status,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        attributes: attributesIn(span.attributes),
        resource: attributesIn(resource.attributes),
      })),
    ),
  )
}

export function pointsIn(body: Buffer): ReceivedPoint[] {
  return decode<RawMetrics>('MetricsRequest', body).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => metricPoints(metric, resource))),
  )
}

function metricPoints(metric: RawMetric, resource: RawResource): ReceivedPoint[] {
  const { name, unit, description, metadata } = metric
  const type = (['gauge', 'sum', 'histogram'] as const).find((each) => metric[each] !== null)
  const points = type === undefined ? undefined : metric[type]
  if (type === undefined || points === undefined || points === null) throw new Error(`${name} holds nothing`)
  const family = {
    ...{ name, unit, description, type },
    metadata: attributesIn(metadata),
    temporality: points.aggregationTemporality ?? 0,
    isMonotonic: points.isMonotonic ?? false,
    resource: attributesIn(resource.attributes),
  }
  return points.dataPoints.map((point) => ({ ...family, ...pointIn(point) }))
}

function pointIn(point: RawPoint) {
  return {
    attributes: attributesIn(point.attributes),
    startNs: BigInt(point.startTimeUnixNano),
    timeNs: BigInt(point.timeUnixNano),
    value: point.asDouble ?? point.sum ?? 0,
    count: Number(point.count ?? 0),
    bucketCounts: (point.bucketCounts ?? []).map(Number),
    bounds: point.explicitBounds ?? [],
    exemplars: (point.exemplars ?? []).map(({ traceId, asDouble, timeUnixNano }) => ({
      traceId: hex(traceId),
      value: asDouble,
      timeNs: BigInt(timeUnixNano),
    })),
  }
}

function attributesIn(list: readonly RawKeyValue[]): Attributes {
  return Object.fromEntries(
    list.map(({ key, value: { stringValue, boolValue, intValue, doubleValue } }) => [
      key,
      stringValue ?? boolValue ?? Number(intValue ?? doubleValue),
    ]),
  )
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}
