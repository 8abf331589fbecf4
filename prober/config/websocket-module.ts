import type { SecretHeader } from './headers.ts'
import type { HttpAuth } from './http-auth.ts'
import type { IpModuleBase } from './module-base.ts'
import type { QueryStep } from './query-response.ts'
import type { TlsConfig } from './tls-config.ts'

export interface WebsocketModule extends IpModuleBase {
  readonly prober: 'websocket'
  readonly headers: readonly SecretHeader[]
  readonly auth: Exclude<HttpAuth, { readonly kind: 'oauth2' }>
  readonly tls: TlsConfig
  /** Of each step only `expect` and `send`, one text message each. */
  readonly queryResponse: readonly QueryStep[]
}
