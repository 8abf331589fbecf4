import type { IpModuleBase, ModuleBase } from './module-base.ts'
import type { QueryStep } from './query-response.ts'
import type { TlsConfig } from './tls-config.ts'

/** What tcp and unix have in common. */
export interface StreamOptions {
  /** TLS from the first byte. */
  readonly useTls: boolean
  readonly tls: TlsConfig
  readonly queryResponse: readonly QueryStep[]
}

export interface TcpModule extends IpModuleBase, StreamOptions {
  readonly prober: 'tcp'
}

/** `addresses` and `resolver` mean nothing to a path. */
export interface UnixModule extends ModuleBase, StreamOptions {
  readonly prober: 'unix'
}
