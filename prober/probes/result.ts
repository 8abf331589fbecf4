/**
 * What one probe found: the treaty between the probes, which fill it in, and metrics, sinks, pages and the command
 * line, which read it. It knows nothing of metric names.
 */
import type { Failure, Outcome, Phase } from '../net/outcome.ts'
import type { Address } from '../net/resolve.ts'
import type { TlsFacts } from '../net/tls.ts'

/** A phase is present once it was reached. They add up to `durationSeconds`. */
export type PhaseSeconds = Readonly<Partial<Record<Phase, number>>>

export interface LogLine {
  /** Seconds since the probe started. */
  readonly atSeconds: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

interface ResultBase {
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
  readonly log: readonly LogLine[]
}

/** One exchange of a probe: the first request or one that a redirect led to. */
export interface Hop {
  /** Without credentials, query kept; cut when it is very long. */
  readonly url: string
  readonly address: Address | undefined
  /** 0 when no response came. */
  readonly statusCode: number
  readonly phases: PhaseSeconds
  readonly tls: TlsFacts | undefined
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
  /** In order; at least one once a request was attempted. */
  readonly hops: readonly Hop[]
}

export interface HttpResult extends ResultBase {
  readonly prober: 'http'
  /** Of the last TLS connection of the probe, also when it was refused. */
  readonly tls: TlsFacts | undefined
  readonly http: HttpFacts
}

export type Result = HttpResult

export type { Failure, Outcome, Phase }
