import { z } from 'zod'
import { optional, type Report, rules, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import {
  checkHandshakeHeaders,
  type SecretHeader,
  secretHeadersBlock,
  textOrHeaderBlock,
  toSecretHeaders,
} from './headers.ts'
import { authFields, checkAuth, type HttpAuth, toHttpAuth } from './http-auth.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'
import { checkProxy, proxyFields } from './proxy-config.ts'
import { type QueryStep, queryResponseField, toQuerySteps } from './query-response.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'
import { type TraceOptions, toTrace, traceField } from './tracing.ts'

type WebsocketAuth = Exclude<HttpAuth, { readonly kind: 'oauth2' }>

export interface WebsocketModule extends IpModuleBase {
  readonly prober: 'websocket'
  readonly headers: readonly SecretHeader[]
  readonly auth: WebsocketAuth
  readonly tls: TlsConfig
  /** Of each step only `expect` and `send`, one text message each. */
  readonly queryResponse: readonly QueryStep[]
  /** undefined: nothing is sent. */
  readonly trace: TraceOptions | undefined
}

/** Loaded, as in blackbox_exporter, and used neither there nor here: `sonde check` says so. */
export const UNUSED_HTTP_CONFIG = [
  'oauth2',
  'proxy_url',
  'no_proxy',
  'proxy_from_environment',
  'proxy_connect_header',
  'http_headers',
  'follow_redirects',
  'enable_http2',
] as const

const { oauth2, ...usedAuthFields } = authFields
const UNUSED = 'Not used by this prober, here or in blackbox_exporter.'

const unusedProxyFields = Object.fromEntries(
  Object.entries(proxyFields).map(([key, field]) => [key, field.meta({ ...field.meta(), description: UNUSED })]),
) as typeof proxyFields

const httpConfigBlock = rules(
  z.strictObject({
    ...usedAuthFields,
    tls_config: optional(tlsBlock, 'TLS towards the target.'),
    oauth2: oauth2.meta({ description: UNUSED }),
    ...unusedProxyFields,
    http_headers: optional(secretHeadersBlock, UNUSED),
    follow_redirects: optional(z.boolean(), UNUSED),
    enable_http2: optional(z.boolean(), UNUSED),
  }),
  (block, report) => {
    checkAuth(block, report)
    checkProxy(block, report)
  },
).meta({ id: 'http_config' })

export const websocketBlock = rules(
  z.strictObject({
    headers: withDefault(
      z.record(z.string(), textOrHeaderBlock),
      {},
      'Headers of the handshake: name to a text, or to a map as in `http_headers`. Values of names that look like credentials are masked.',
      { examples: [{ Origin: 'https://www.example.org', 'X-Api-Key': { files: ['api-key'] } }] },
    ),
    http_config: optional(httpConfigBlock, 'Credentials and TLS.'),
    query_response: queryResponseField,
    trace: traceField('Send `traceparent` (W3C) in the handshake. One under `headers` is sent instead.'),
    ...ipFields,
  }),
  checkWebsocket,
).meta({ id: 'websocket' })

function checkWebsocket(block: Readonly<Record<string, unknown>>, report: Report): void {
  checkHandshakeHeaders(block.headers, 'headers', report)
}

export type WebsocketBlock = z.output<typeof websocketBlock>

export function toWebsocketModule(base: ModuleBase, block: WebsocketBlock, resolvePath: ResolvePath): WebsocketModule {
  const { http_config: http } = block
  return {
    prober: 'websocket',
    ...base,
    ...toIpOptions(block),
    headers: toSecretHeaders(block.headers, resolvePath),
    auth: http === undefined ? { kind: 'none' } : toWebsocketAuth(http, resolvePath),
    tls: toTlsConfig(http?.tls_config, resolvePath),
    queryResponse: toQuerySteps(block.query_response),
    trace: toTrace(block.trace),
  }
}

function toWebsocketAuth(
  { basic_auth, authorization, bearer_token, bearer_token_file }: z.output<typeof httpConfigBlock>,
  resolvePath: ResolvePath,
): WebsocketAuth {
  const auth = toHttpAuth({ basic_auth, authorization, bearer_token, bearer_token_file }, resolvePath)
  return auth.kind === 'oauth2' ? { kind: 'none' } : auth
}
