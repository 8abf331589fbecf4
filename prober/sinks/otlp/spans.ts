/** A probe as spans: its phases, laid end to end. Pure; it knows nothing of OpenTelemetry's SDK. */
import { randomBytes } from 'node:crypto'
import type { Failure, Phase } from '../../net/outcome.ts'
import { PHASES } from '../../net/outcome.ts'
import { type PhaseSeconds, type Result, traceOf } from '../../probes/result.ts'

/** One probe, as it is told to a collector. */
export interface Probed {
  readonly module: string
  /** Of a scheduled target its name, the value of the label `instance`. */
  readonly instance?: string
  readonly result: Result
}

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface ProbeSpan {
  readonly name: string
  readonly spanId: string
  /** undefined: the root. */
  readonly parentSpanId: string | undefined
  /** It waits for another process, which continues the trace from here. */
  readonly isClient: boolean
  /** Since the probe started, exact to the nanosecond. */
  readonly startSeconds: number
  readonly endSeconds: number
  readonly attributes: Attributes
  readonly failure: Failure | undefined
}

/** One request of the probe, whose span id went along in `traceparent`. */
interface Request {
  readonly name: string
  readonly spanId: string
  readonly startSeconds: number
  readonly phases: PhaseSeconds
  readonly attributes: Attributes
}

/** Empty when nobody was asked to record the trace. The root comes first. */
export function spansOf({ module, instance, result }: Probed): readonly ProbeSpan[] {
  if (traceOf(result)?.sampled !== true) return []
  const requests = requestsOf(result)
  const root = newSpanId()
  return [
    {
      name: `probe ${module}`,
      spanId: root,
      parentSpanId: undefined,
      isClient: false,
      startSeconds: 0,
      endSeconds: result.durationSeconds,
      attributes: rootAttributes(module, instance, result),
      failure: result.outcome.ok ? undefined : result.outcome,
    },
    // What failed did so in the last request: no other follows.
    ...requests.flatMap((request, index) => requestSpans(request, root, index === requests.length - 1, result)),
  ]
}

function requestsOf(result: Result): readonly Request[] {
  switch (result.prober) {
    case 'http':
      return result.http.hops.flatMap(({ spanId, url, method, statusCode, startSeconds, phases, address }, index) => {
        const attributes = {
          'http.request.method': method,
          'url.full': url,
          ...serverOf(url),
          ...(address === undefined ? {} : { 'network.peer.address': address.ip }),
          ...statusOf(statusCode),
          ...(index === 0 ? {} : { 'http.request.resend_count': index }),
        }
        return spanId === undefined ? [] : [{ name: method, spanId, startSeconds, phases, attributes }]
      })
    case 'grpc':
      return single(result.grpc.trace?.spanId, 'grpc.health.v1.Health/Check', result, {
        'rpc.system.name': 'grpc',
        'rpc.method': 'grpc.health.v1.Health/Check',
        'rpc.response.status_code': String(result.grpc.statusCode),
      })
    case 'websocket':
      return single(result.websocket.trace?.spanId, 'GET', result, {
        'http.request.method': 'GET',
        'url.full': result.target,
        ...statusOf(result.websocket.statusCode),
      })
    default:
      return []
  }
}

function single(
  spanId: string | undefined,
  name: string,
  { phases, address }: Result,
  attributes: Attributes,
): readonly Request[] {
  const peer = address === undefined ? {} : { 'network.peer.address': address.ip }
  return spanId === undefined ? [] : [{ name, spanId, startSeconds: 0, phases, attributes: { ...attributes, ...peer } }]
}

function serverOf(text: string): Attributes {
  const url = URL.parse(text)
  if (url === null) return {}
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return { 'server.address': url.hostname.replace(/^\[|\]$/g, ''), 'server.port': port }
}

function statusOf(statusCode: number): Attributes {
  return statusCode === 0 ? {} : { 'http.response.status_code': statusCode }
}

function rootAttributes(module: string, instance: string | undefined, result: Result): Attributes {
  const { target, prober, outcome } = result
  return {
    'sonde.target': target,
    'sonde.module': module,
    'sonde.prober': prober,
    ...(instance === undefined ? {} : { 'sonde.instance': instance }),
    'sonde.outcome': outcome.ok ? 'success' : 'failure',
    ...(outcome.ok ? {} : { 'sonde.phase': outcome.phase }),
  }
}

/** The prober's own work: it stands beside the request. The rest of `other` is the root's. */
const OWN_PHASES: readonly Phase[] = ['prepare', 'token', 'check', 'other']

/** The request, its phases, and the prober's own work before and after it. */
function requestSpans(request: Request, root: string, isLast: boolean, { outcome }: Result): readonly ProbeSpan[] {
  const failed = isLast && !outcome.ok ? outcome : undefined
  const { name, spanId, attributes } = request
  const phases = laidOut(request).filter(({ phase }) => phase !== 'other')
  const within = phases.filter(({ phase }) => !OWN_PHASES.includes(phase))
  const first = within[0] ?? phases.at(-1)
  const span: ProbeSpan = {
    name,
    spanId,
    parentSpanId: root,
    isClient: true,
    startSeconds: first?.startSeconds ?? request.startSeconds,
    endSeconds: within.at(-1)?.endSeconds ?? first?.endSeconds ?? request.startSeconds,
    attributes,
    failure: failed,
  }
  return [span, ...phases.map((timed) => phaseSpan(timed, within.includes(timed) ? spanId : root, failed))]
}

interface Timed {
  readonly phase: Phase
  readonly startSeconds: number
  readonly endSeconds: number
}

/** In the order in which time is spent; a phase that took no time is left out. */
function laidOut({ startSeconds, phases }: Request): readonly Timed[] {
  let at = startSeconds
  return PHASES.flatMap((phase) => {
    const seconds = phases[phase] ?? 0
    if (seconds === 0) return []
    const start = at
    at += seconds
    return [{ phase, startSeconds: start, endSeconds: at }]
  })
}

function phaseSpan({ phase, ...times }: Timed, parentSpanId: string, failed: Failure | undefined): ProbeSpan {
  const failure = failed?.phase === phase ? failed : undefined
  return { name: phase, spanId: newSpanId(), parentSpanId, isClient: false, ...times, attributes: {}, failure }
}

function newSpanId(): string {
  return randomBytes(8).toString('hex')
}
