import type { Regexp } from './go-regexp.ts'
import type { IpModuleBase } from './module-base.ts'
import type { TlsConfig } from './tls-config.ts'

/** `tls`: blackbox_exporter's `dns_over_tls`; `https`: RFC 8484, ours (#647). */
export const DNS_TRANSPORTS = ['udp', 'tcp', 'tls', 'https'] as const
export type DnsTransport = (typeof DNS_TRANSPORTS)[number]

/** Over the zone-file text of each record of a section. */
export interface RecordMatchers {
  readonly failIfMatches: readonly Regexp[]
  /** As blackbox_exporter does and not as it is named: fails when NOT every record matches every expression. */
  readonly failIfAllMatch: readonly Regexp[]
  readonly failIfNotMatches: readonly Regexp[]
  readonly failIfNoneMatches: readonly Regexp[]
}

export interface EdnsOptions {
  readonly udpPayloadBytes: number
  readonly dnssecOk: boolean
}

export interface DnsModule extends IpModuleBase {
  readonly prober: 'dns'
  /** `.` when the module has no dns block, as blackbox_exporter; a request or target may name another. */
  readonly queryName: string
  /** In capitals: `ANY`, `SOA`, `TYPE65280`. */
  readonly queryType: string
  readonly queryClass: string
  readonly recursionDesired: boolean
  readonly transport: DnsTransport
  readonly tls: TlsConfig
  /** Of DNS over HTTPS, when the target names no path. */
  readonly httpsPath: string
  /** undefined: no OPT record is sent, as blackbox_exporter. */
  readonly edns: EdnsOptions | undefined
  /** A truncated answer over UDP is asked for again over TCP. */
  readonly retryTruncatedOverTcp: boolean
  /** In capitals, as `NOERROR`. */
  readonly validRcodes: readonly string[]
  readonly answer: RecordMatchers
  readonly authority: RecordMatchers
  readonly additional: RecordMatchers
}
