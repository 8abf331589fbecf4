/**
 * What one probe found: the treaty between the probes, which fill it in, and metrics, sinks, pages and the command
 * line, which read it. It knows nothing of metric names.
 */
import type { DnsTransport } from '../config/schema.ts'
import type { Failure, Outcome, Phase } from '../net/outcome.ts'
import type { Address } from '../net/resolve.ts'
import type { TlsFacts } from '../net/tls.ts'
import type { Disturbance } from './disturbance.ts'
import type { TraceParent } from '../wire/traceparent.ts'

/** A phase is present once it was reached. They add up to `durationSeconds`. */
export type PhaseSeconds = Readonly<Partial<Record<Phase, number>>>

export interface LogLine {
  /** Seconds since the probe started. */
  readonly atSeconds: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** Of a name whose addresses are all probed: what each of them said. */
export interface AddressResult {
  readonly address: Address
  readonly outcome: Outcome
  readonly durationSeconds: number
  readonly phases: PhaseSeconds
}

export interface ResultBase {
  readonly outcome: Outcome
  /** As it was asked for, credentials masked. */
  readonly target: string
  /** Unix time. */
  readonly startedAtSeconds: number
  readonly durationSeconds: number
  readonly timeoutSeconds: number
  readonly phases: PhaseSeconds
  /** The first address that was dialled or would have been; undefined when none was found or needed. */
  readonly address: Address | undefined
  /** Seconds of the first lookup; undefined when there was none (blackbox's `probe_dns_lookup_time_seconds`). */
  readonly lookupSeconds: number | undefined
  /** Of the last TLS connection of the probe, also when it was refused; undefined when there was none. */
  readonly tls: TlsFacts | undefined
  readonly log: readonly LogLine[]
  /** In the order of the lookup; there when the module asks for any or all addresses. All else tells of one of them. */
  readonly addresses?: readonly AddressResult[]
  /** What held the prober itself up meanwhile: then times, and a timeout, may be its own. */
  readonly disturbance?: Disturbance
}

/** One exchange of a probe: the first request or one that a redirect led to. */
export interface Hop {
  /** Without credentials, query kept; cut when it is very long. */
  readonly url: string
  readonly method: string
  /** Since the probe started. The first one begins with the probe itself. */
  readonly startSeconds: number
  readonly address: Address | undefined
  /** 0 when no response came. */
  readonly statusCode: number
  readonly phases: PhaseSeconds
  readonly tls: TlsFacts | undefined
  /** Of the trace that the request was part of. */
  readonly spanId: string | undefined
}

/** One time that a server told in Server-Timing. */
export interface NamedSeconds {
  readonly name: string
  readonly seconds: number
}

/** The two add up to the phase `processing` of the final answer. */
export interface ProcessingSplit {
  readonly applicationSeconds: number
  /** The rest: the way there and back, and what stands between. */
  readonly edgeSeconds: number
}

export interface HttpFacts {
  /** 0 when no response came, as blackbox_exporter reports it. */
  readonly statusCode: number
  /** -1 when the response did not say; 0 when no response came. */
  readonly contentLengthBytes: number
  readonly uncompressedBodyBytes: number
  readonly redirects: number
  /** Whether the final response came over TLS. */
  readonly ssl: boolean
  /** 1, 1.1 or 2; 0 when no response came. */
  readonly version: number
  readonly failedDueToRegex: boolean
  /** undefined when the module has no CEL expression. */
  readonly failedDueToCel: boolean | undefined
  readonly lastModifiedSeconds: number | undefined
  /** Of the final answer; each name once. */
  readonly serverTimings: readonly NamedSeconds[]
  /** undefined when the server did not tell the application's time, or told more than was waited. */
  readonly processingSplit: ProcessingSplit | undefined
  /** Of the `traceparent` that was sent; undefined when none was. */
  readonly traceId: string | undefined
  /** Whether the services on the way were asked to record it. */
  readonly traceSampled: boolean
  /** In order; at least one once a request was attempted. */
  readonly hops: readonly Hop[]
}

export interface HttpResult extends ResultBase {
  readonly prober: 'http'
  readonly http: HttpFacts
}

/** What tcp and unix found. */
export interface StreamFacts {
  /** Whether the connection stood: blackbox_exporter shows the two flags from then on. */
  readonly connected: boolean
  readonly failedDueToRegex: boolean
  readonly failedDueToBytes: boolean
  /** `labels` of the steps whose `expect` matched, expanded; a later step adds to an earlier one. */
  readonly expectInfo: Readonly<Record<string, string>> | undefined
  /** From 1: the step of `query_response` that failed. */
  readonly failedStep: number | undefined
}

export interface TcpResult extends ResultBase {
  readonly prober: 'tcp'
  readonly stream: StreamFacts
}

export interface UnixResult extends ResultBase {
  readonly prober: 'unix'
  readonly stream: StreamFacts
}

export interface DnsFacts {
  readonly queryName: string
  readonly queryType: string
  /** How the answer that counts was asked for: `tcp` after a truncated one. undefined: nothing was asked. */
  readonly transport: DnsTransport | undefined
  /** Whether an answer came, whatever its code: blackbox_exporter's `probe_dns_query_succeeded`. */
  readonly querySucceeded: boolean
  /** As `NOERROR`; undefined: no answer. */
  readonly rcode: string | undefined
  readonly answerCount: number
  readonly authorityCount: number
  readonly additionalCount: number
  /** Of the SOA record, when SOA was asked for and an answer came (0 without such a record). */
  readonly serial: number | undefined
  /** AD and TC bits of the answer. */
  readonly authenticated: boolean
  readonly truncated: boolean
  /** Zone-file text of what was answered, for a person: at most a few dozen. */
  readonly records: readonly string[]
}

export interface DnsResult extends ResultBase {
  readonly prober: 'dns'
  readonly dns: DnsFacts
}

export interface IcmpFacts {
  /** Echo requests that the module wants. */
  readonly packetCount: number
  readonly sent: number
  readonly received: number
  /** One per reply, in the order of sending. */
  readonly roundTripSeconds: readonly number[]
  /** IP TTL or hop limit of the first reply; undefined where the kernel does not tell. */
  readonly replyHopLimit: number | undefined
}

export interface IcmpResult extends ResultBase {
  readonly prober: 'icmp'
  readonly icmp: IcmpFacts
}

/** grpc.health.v1.HealthCheckResponse.ServingStatus, in the order of its numbers. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
export type ServingStatus = (typeof SERVING_STATUSES)[number]

export interface GrpcFacts {
  /** Whether the call went over TLS. */
  readonly ssl: boolean
  /** google.golang.org/grpc/codes; 0 when no call was made, as blackbox_exporter. */
  readonly statusCode: number
  readonly servingStatus: ServingStatus | undefined
  /** As it was sent. */
  readonly trace?: TraceParent
}

export interface GrpcResult extends ResultBase {
  readonly prober: 'grpc'
  readonly grpc: GrpcFacts
}

export interface WebsocketFacts {
  readonly upgraded: boolean
  /** Of the handshake's answer; 0 when none came. */
  readonly statusCode: number
  readonly failedDueToRegex: boolean
  /** From 1: the step of `query_response` that failed. */
  readonly failedStep: number | undefined
  /** As it was sent. */
  readonly trace?: TraceParent
}

export interface WebsocketResult extends ResultBase {
  readonly prober: 'websocket'
  readonly websocket: WebsocketFacts
}

export type Result = HttpResult | TcpResult | UnixResult | DnsResult | IcmpResult | GrpcResult | WebsocketResult
export type Prober = Result['prober']

/** The phases that a probe of each kind can spend time in. */
export const PHASES_OF = {
  http: ['prepare', 'token', 'resolve', 'connect', 'proxy', 'tls', 'processing', 'transfer', 'check', 'other'],
  tcp: ['prepare', 'resolve', 'connect', 'tls', 'dialogue', 'other'],
  unix: ['prepare', 'connect', 'tls', 'dialogue', 'other'],
  dns: ['prepare', 'resolve', 'connect', 'tls', 'processing', 'transfer', 'check', 'other'],
  icmp: ['prepare', 'resolve', 'setup', 'rtt', 'other'],
  grpc: ['prepare', 'resolve', 'connect', 'tls', 'processing', 'transfer', 'check', 'other'],
  websocket: ['prepare', 'resolve', 'connect', 'tls', 'processing', 'dialogue', 'other'],
} as const satisfies Readonly<Record<Prober, readonly Phase[]>>

/** Exchanges of a probe; of any kind but http there is none to tell apart. */
export function hopsOf(result: Result): readonly Hop[] {
  return result.prober === 'http' ? result.http.hops : []
}

/** The trace that the requests of a probe were part of; undefined when they were of none. */
export function traceOf(result: Result): Omit<TraceParent, 'spanId'> | undefined {
  switch (result.prober) {
    case 'http': {
      const { traceId, traceSampled: sampled } = result.http
      return traceId === undefined ? undefined : { traceId, sampled }
    }
    case 'grpc':
      return result.grpc.trace
    case 'websocket':
      return result.websocket.trace
    default:
      return undefined
  }
}

export type { Failure, Outcome, Phase }
