import type { IpModuleBase } from './module-base.ts'
import type { TlsConfig } from './tls-config.ts'

export interface GrpcModule extends IpModuleBase {
  readonly prober: 'grpc'
  /** Empty: the server as a whole. */
  readonly service: string
  readonly useTls: boolean
  readonly tls: TlsConfig
  /** Names in lower case; values of names that end in `-bin` are sent in base64. */
  readonly metadata: readonly { readonly name: string; readonly values: readonly string[] }[]
}
