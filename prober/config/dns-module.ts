import { z } from 'zod'
import { encodeName } from '../wire/dns-query.ts'
import { parseQueryClass, parseQueryType, parseRcode } from './dns-names.ts'
import {
  integer,
  isSet,
  length,
  optional,
  parsedText,
  regexp,
  type Report,
  required,
  rules,
  withDefault,
} from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import type { Regexp } from './go-regexp.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'

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

export const queryName = z.string().superRefine((name, context) => {
  const complain = (message: string) => context.addIssue({ code: 'custom', message })
  if (name === '') return complain('is empty; write the name to ask for, as in "example.org" or "." for the root')
  const encoded = encodeName(name)
  if (typeof encoded === 'string') complain(`${encoded}; write a name as in "example.org"`)
  else if (/\p{Cc}/u.test(name) || name.trim() !== name) {
    complain('begins or ends with a space, or holds a control character; remove it')
  }
})

/** An empty text counts as not set, as blackbox_exporter sees it. */
export const queryTypeOr = (unset: string) => parsedText((text) => parseQueryType(text || unset))

const recordMatchers = z
  .strictObject({
    fail_if_matches_regexp: withDefault(z.array(regexp), [], 'Fail when any record matches any of these.', {
      examples: [['127\\.0\\.0\\.1']],
    }),
    fail_if_all_match_regexp: withDefault(
      z.array(regexp),
      [],
      'Fail when **not** every record matches every one of these: the reverse of its name, as in blackbox_exporter.',
    ),
    fail_if_not_matches_regexp: withDefault(
      z.array(regexp),
      [],
      'Fail when any record does not match one of these, or when there is no record.',
      { examples: [['\\tIN\\tA\\t']] },
    ),
    fail_if_none_matches_regexp: withDefault(
      z.array(regexp),
      [],
      'Fail when no record matches any of these, or when there is no record.',
    ),
  })
  .meta({ id: 'validate_rrs' })

/** RFC 6891 §6.2.3: less counts as 512. */
const LEAST_UDP_SIZE_BYTES = 512
const EDNS_SIZE = `write one from ${LEAST_UDP_SIZE_BYTES} to 65535, as in 1232`

const ednsBlock = z
  .strictObject({
    udp_size: withDefault(
      integer(LEAST_UDP_SIZE_BYTES, 65_535, EDNS_SIZE),
      1232,
      'Largest answer over UDP that is asked for, in bytes.',
      { examples: [1232] },
    ),
    dnssec_ok: withDefault(z.boolean(), false, 'Ask for DNSSEC’s records, too (the DO bit).'),
  })
  .meta({ id: 'edns' })

const NO_RCODES = 'is empty, so that every probe would fail; write [NOERROR] or leave the key out'

const questionFields = {
  query_name: required(queryName, 'Name to ask for. A request (`query_name=`) or a target may name another.', {
    examples: ['example.org'],
  }),
  query_type: withDefault(
    queryTypeOr('ANY'),
    'ANY',
    'Type of record to ask for, as `A`, `SOA` or `TYPE65280`. A request (`query_type=`) or a target may name another.',
    { examples: ['A'] },
  ),
  query_class: withDefault(
    parsedText((text) => parseQueryClass(text || 'IN')),
    'IN',
    'Class to ask for, as `IN` or `CH`.',
    {
      examples: ['IN'],
    },
  ),
  recursion_desired: withDefault(z.boolean(), true, 'Ask the server to find the answer elsewhere if need be.'),
  edns: optional(ednsBlock, 'Send an OPT record (EDNS0). Without this key none is sent. (Sonde only.)'),
}

const transportFields = {
  transport_protocol: withDefault(z.enum(['udp', 'tcp', '']), 'udp', 'How to ask.', { examples: ['tcp'] }),
  retry_truncated_over_tcp: withDefault(
    z.boolean(),
    false,
    'Ask again over TCP when an answer over UDP was cut off. (Sonde only.)',
  ),
  dns_over_tls: withDefault(z.boolean(), false, 'DNS over TLS, port 853; needs `transport_protocol: tcp`.'),
  dns_over_https: withDefault(z.boolean(), false, 'DNS over HTTPS (RFC 8484), port 443. (Sonde only.)'),
  https_path: withDefault(
    z.string().regex(/^\/[\x21\x24-\x5b\x5d-\x7e]*$/, 'is no path of a URL; write one as in "/dns-query"'),
    '/dns-query',
    'Path of DNS over HTTPS when the target is no URL. (Sonde only.)',
    { examples: ['/dns-query'] },
  ),
  tls_config: optional(tlsBlock, 'TLS towards the name server.'),
}

const expectationFields = {
  valid_rcodes: withDefault(
    z.array(parsedText(parseRcode)).min(1, length(NO_RCODES)),
    ['NOERROR'],
    'Response codes that are right.',
    {
      examples: [['NOERROR', 'NXDOMAIN']],
    },
  ),
  validate_answer_rrs: withDefault(recordMatchers, {}, 'What must be in the answer section.'),
  validate_authority_rrs: withDefault(recordMatchers, {}, 'The same for the authority section.'),
  validate_additional_rrs: withDefault(recordMatchers, {}, 'The same for the additional section.'),
}

export const dnsBlock = rules(
  z.strictObject({ ...questionFields, ...transportFields, ...ipFields, ...expectationFields }),
  checkTransport,
).meta({ id: 'dns' })

/** What a module without the block has. Within a block the name is required. */
export const NO_DNS_BLOCK = { query_name: '.' }

function checkTransport(block: Readonly<Record<string, unknown>>, report: Report): void {
  const { transport_protocol: protocol = 'udp', dns_over_tls: overTls, dns_over_https: overHttps } = block
  if (overTls === true && overHttps === true) report('dns_over_https', 'excludes dns_over_tls; keep one of the two')
  else if (overTls === true && protocol !== 'tcp') report('dns_over_tls', 'needs TCP; add transport_protocol: tcp')
  const isUdp = protocol !== 'tcp' && overHttps !== true
  if (isSet(block.retry_truncated_over_tcp) && !isUdp) {
    report('retry_truncated_over_tcp', 'is for UDP only; remove it, nothing is cut off over TCP')
  }
  if (block.https_path !== '/dns-query' && isSet(block.https_path) && overHttps !== true) {
    report('https_path', 'is for DNS over HTTPS; add dns_over_https: true')
  }
}

export type DnsBlock = z.output<typeof dnsBlock>

export function toDnsModule(base: ModuleBase, block: DnsBlock, resolvePath: ResolvePath): DnsModule {
  const { edns } = block
  return {
    prober: 'dns',
    ...base,
    ...toIpOptions(block),
    queryName: block.query_name,
    queryType: block.query_type,
    queryClass: block.query_class,
    recursionDesired: block.recursion_desired,
    transport: transportOf(block),
    tls: toTlsConfig(block.tls_config, resolvePath),
    httpsPath: block.https_path,
    edns: edns && { udpPayloadBytes: edns.udp_size, dnssecOk: edns.dnssec_ok },
    retryTruncatedOverTcp: block.retry_truncated_over_tcp,
    validRcodes: block.valid_rcodes,
    answer: toRecordMatchers(block.validate_answer_rrs),
    authority: toRecordMatchers(block.validate_authority_rrs),
    additional: toRecordMatchers(block.validate_additional_rrs),
  }
}

function transportOf(block: DnsBlock): DnsTransport {
  if (block.dns_over_https) return 'https'
  if (block.dns_over_tls) return 'tls'
  return block.transport_protocol === 'tcp' ? 'tcp' : 'udp'
}

function toRecordMatchers(block: z.output<typeof recordMatchers>): RecordMatchers {
  return {
    failIfMatches: block.fail_if_matches_regexp,
    failIfAllMatch: block.fail_if_all_match_regexp,
    failIfNotMatches: block.fail_if_not_matches_regexp,
    failIfNoneMatches: block.fail_if_none_matches_regexp,
  }
}
