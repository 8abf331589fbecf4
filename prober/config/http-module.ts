import { z } from 'zod'
import type { CelProgram } from './cel.ts'
import { bytes, isSet, length, optional, regexp, type Report, required, rules, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import type { Regexp } from './go-regexp.ts'
import {
  checkHeaders,
  checkSecretHeaders,
  entriesOf,
  type SecretHeader,
  secretHeadersBlock,
  TOKEN,
  toSecretHeaders,
} from './headers.ts'
import { authFields, checkAuth, type HttpAuth, toHttpAuth } from './http-auth.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'
import { checkProxy, type ProxyConfig, proxyFields, toProxyConfig } from './proxy-config.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'
import { type TraceOptions, toTracing, tracingFields } from './tracing.ts'

export interface HeaderMatcher {
  readonly header: string
  readonly regexp: Regexp
  readonly allowMissing: boolean
}

export const COMPRESSIONS = ['', 'gzip', 'br', 'deflate', 'zstd', 'identity'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export interface HttpModule extends IpModuleBase {
  readonly prober: 'http'
  /** Empty: 200 to 299. */
  readonly validStatusCodes: readonly number[]
  /** Empty: any. Compared as `HTTP/1.1`, `HTTP/2.0`. */
  readonly validHttpVersions: readonly string[]
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly httpHeaders: readonly SecretHeader[]
  readonly body: string
  readonly bodyFile: string | undefined
  /** After decompression; 0: no limit set by the user. */
  readonly bodySizeLimitBytes: number
  readonly compression: Compression
  readonly followRedirects: boolean
  readonly failIfSsl: boolean
  readonly failIfNotSsl: boolean
  readonly failIfBodyMatchesRegexp: readonly Regexp[]
  readonly failIfBodyNotMatchesRegexp: readonly Regexp[]
  readonly failIfBodyJsonMatchesCel: CelProgram | undefined
  readonly failIfBodyJsonNotMatchesCel: CelProgram | undefined
  readonly failIfHeaderMatches: readonly HeaderMatcher[]
  readonly failIfHeaderNotMatches: readonly HeaderMatcher[]
  readonly skipResolvePhaseWithProxy: boolean
  readonly http2: boolean
  /** undefined: nothing is sent. */
  readonly trace: TraceOptions | undefined
  /** Names in Server-Timing of the application's own time; the first that is there counts. */
  readonly applicationTimings: readonly string[]
  readonly auth: HttpAuth
  readonly proxy: ProxyConfig
  readonly tls: TlsConfig
}

/** Keys whose text is a CEL expression; load.ts compiles them, as that is asynchronous. */
export const CEL_KEYS = ['fail_if_body_json_matches_cel', 'fail_if_body_json_not_matches_cel'] as const

const headerMatcher = z
  .strictObject({
    header: required(z.string().min(1, length('is empty; write a header’s name')), 'Name of a response header.', {
      examples: ['Content-Type'],
    }),
    regexp: required(regexp, 'RE2 expression for its values, unanchored.', { examples: ['^text/html'] }),
    allow_missing: withDefault(z.boolean(), false, 'Do not fail when the response lacks the header.'),
  })
  .meta({ id: 'header_matcher' })

const requestFields = {
  method: withDefault(
    z
      .string()
      .refine((method) => method === '' || TOKEN.test(method), 'is no HTTP method; write one as in "GET" or "POST"'),
    'GET',
    'Method of the request.',
    { examples: ['GET', 'HEAD', 'POST'] },
  ),
  headers: withDefault(
    z.record(z.string(), z.string()),
    {},
    'Headers of the request. `Host` also sets the name for TLS when `tls_config.server_name` is not set. Values of names that look like credentials are masked.',
    { examples: [{ Host: 'www.example.org', 'Accept-Language': 'en' }] },
  ),
  http_headers: optional(
    secretHeadersBlock,
    'Headers whose values are plain, secret, or read from files at each probe.',
    { examples: [{ 'X-Api-Key': { files: ['api-key'] } }] },
  ),
  body: optional(z.string(), 'Body of the request. Masked.', { writeOnly: true, examples: ['{}'] }),
  body_file: optional(
    z.string(),
    'File that holds the body. Read at each probe; relative to the configuration file’s folder.',
    { examples: ['body.json'] },
  ),
  compression: withDefault(
    z.enum(COMPRESSIONS),
    '',
    'How the body must be compressed; it is decoded before it is checked. Set `Accept-Encoding` under `headers` to ask for it. (`zstd`: Sonde only.)',
    { examples: ['gzip'] },
  ),
}

/** Not z.int(): its finding would keep the rules between keys from running. */
const statusCode = z
  .number()
  .refine(Number.isSafeInteger, 'is no whole number; write one as in 200')
  .meta({ type: 'integer', examples: [200] })

const expectationFields = {
  valid_status_codes: withDefault(z.array(statusCode), [], 'Status codes that are right; `[]` means 200 to 299.', {
    examples: [[200, 204]],
  }),
  valid_http_versions: withDefault(
    z.array(z.string()),
    [],
    'Versions that are right, of `HTTP/1.0`, `HTTP/1.1` and `HTTP/2.0`; `[]` means any.',
    { examples: [['HTTP/1.1', 'HTTP/2.0']] },
  ),
  fail_if_ssl: withDefault(z.boolean(), false, 'Fail when the final response came over TLS.'),
  fail_if_not_ssl: withDefault(z.boolean(), false, 'Fail when the final response did not come over TLS.'),
  fail_if_body_matches_regexp: withDefault(
    z.array(regexp),
    [],
    'Fail when any of these RE2 expressions is in the body.',
    {
      examples: [['Could not connect to database']],
    },
  ),
  fail_if_body_not_matches_regexp: withDefault(z.array(regexp), [], 'Fail when any of these is not in the body.', {
    examples: [['Welcome']],
  }),
  fail_if_body_json_matches_cel: optional(
    z.string(),
    'Fail when this CEL expression over `body`, the parsed JSON, is true; also when it cannot be evaluated.',
    { examples: ["body.status == 'DOWN'"] },
  ),
  fail_if_body_json_not_matches_cel: optional(z.string(), 'Fail when this CEL expression is not true.', {
    examples: ["body.status == 'UP'"],
  }),
  fail_if_header_matches: withDefault(z.array(headerMatcher), [], 'Fail when any value of the header matches.', {
    examples: [[{ header: 'Set-Cookie', regexp: '.*', allow_missing: true }]],
  }),
  fail_if_header_not_matches: withDefault(z.array(headerMatcher), [], 'Fail when no value of the header matches.', {
    examples: [[{ header: 'Content-Type', regexp: '^text/html' }]],
  }),
  body_size_limit: withDefault(bytes, '0', 'Largest body after decompression, base 2 (`1MB` = 1 MiB); `0` sets none.'),
}

const connectionFields = {
  ...ipFields,
  follow_redirects: withDefault(z.boolean(), true, 'Follow up to 10 redirects.'),
  no_follow_redirects: optional(z.boolean(), 'Old form of `follow_redirects: false`; wins over it.', {
    deprecated: true,
  }),
  enable_http2: withDefault(z.boolean(), true, 'Offer HTTP/2 in the TLS handshake.'),
  enable_http3: withDefault(z.boolean(), false, 'Only `false`: the runtime has no QUIC.'),
  skip_resolve_phase_with_proxy: withDefault(
    z.boolean(),
    false,
    'With a proxy, leave looking up the target’s name to it.',
  ),
  tls_config: optional(tlsBlock, 'TLS towards the target.'),
}

export const httpBlock = rules(
  z.strictObject({
    ...requestFields,
    ...expectationFields,
    ...connectionFields,
    ...tracingFields,
    ...authFields,
    ...proxyFields,
  }),
  (block, report) => {
    checkRequest(block, report)
    checkAuth(block, report)
    checkProxy(block, report)
  },
).meta({ id: 'http' })

function checkRequest(block: Readonly<Record<string, unknown>>, report: Report): void {
  if (isSet(block.body) && isSet(block.body_file)) report('body_file', 'excludes body; keep one of the two')
  if (block.method === 'CONNECT') report('method', 'CONNECT opens a tunnel and has no answer to check; write another')
  if (block.enable_http3 === true) {
    report(
      'enable_http3',
      'HTTP/3 is not supported, the runtime has no QUIC; write enable_http3: false and probe HTTP/2',
    )
  }
  checkHeaders(block.headers, 'headers', report)
  checkSecretHeaders(block.http_headers, 'http_headers', report)
  for (const [name, accepted] of entriesOf(block.headers)) {
    if (name.toLowerCase() !== 'accept-encoding' || typeof accepted !== 'string') continue
    if (isSet(block.compression) && !accepts(accepted, String(block.compression))) {
      const sentence = `the header does not accept the compression ${block.compression}`
      report(['headers', name], `${sentence}; write "${block.compression}" or remove compression`)
    }
  }
}

/** RFC 9110 §12.5.3, judged as blackbox_exporter does: any element that names it or `*`, with q above 0. */
function accepts(header: string, coding: string): boolean {
  if (header.trim() === '') return true
  return header.split(',').some((element) => {
    const [name = '', ...parameters] = element.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return (name === coding || name === '*') && (quality === undefined || Number(quality.slice(2)) > 0)
  })
}

export type HttpBlock = z.output<typeof httpBlock>

export function toHttpModule(
  base: ModuleBase,
  block: HttpBlock,
  resolvePath: ResolvePath,
  celProgram: (source: string) => CelProgram | undefined,
): HttpModule {
  const program = (source: string | undefined) => (source === undefined ? undefined : celProgram(source))
  return {
    prober: 'http',
    ...base,
    ...toIpOptions(block),
    validStatusCodes: block.valid_status_codes,
    validHttpVersions: block.valid_http_versions,
    method: block.method || 'GET',
    headers: sentHeaders(block.headers),
    httpHeaders: toSecretHeaders(block.http_headers, resolvePath),
    body: block.body ?? '',
    bodyFile: block.body_file === undefined || block.body_file === '' ? undefined : resolvePath(block.body_file),
    bodySizeLimitBytes: block.body_size_limit,
    compression: block.compression,
    followRedirects: block.follow_redirects && block.no_follow_redirects !== true,
    failIfSsl: block.fail_if_ssl,
    failIfNotSsl: block.fail_if_not_ssl,
    failIfBodyMatchesRegexp: block.fail_if_body_matches_regexp,
    failIfBodyNotMatchesRegexp: block.fail_if_body_not_matches_regexp,
    failIfBodyJsonMatchesCel: program(block.fail_if_body_json_matches_cel),
    failIfBodyJsonNotMatchesCel: program(block.fail_if_body_json_not_matches_cel),
    failIfHeaderMatches: block.fail_if_header_matches.map(toHeaderMatcher),
    failIfHeaderNotMatches: block.fail_if_header_not_matches.map(toHeaderMatcher),
    skipResolvePhaseWithProxy: block.skip_resolve_phase_with_proxy,
    http2: block.enable_http2,
    ...toTracing(block),
    auth: toHttpAuth(block, resolvePath),
    proxy: toProxyConfig(block),
    tls: toTlsConfig(block.tls_config, resolvePath),
  }
}

function toHeaderMatcher(matcher: z.output<typeof headerMatcher>): HeaderMatcher {
  return { header: matcher.header, regexp: matcher.regexp, allowMissing: matcher.allow_missing }
}

/**
 * They follow from the body and from the prober; Go's client, too, ignores what a file says of the length and the
 * transfer. It sends `Keep-Alive` and `Expect`, of which one request with its body after it has no use.
 */
export const COMPUTED_HEADERS = ['content-length', 'connection', 'transfer-encoding', 'trailer', 'keep-alive', 'expect']

function sentHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !COMPUTED_HEADERS.includes(name.toLowerCase())))
}
