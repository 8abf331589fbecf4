import { z } from 'zod'
import { optional, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'
import { type QueryStep, queryResponseField, type StepBlock, toQuerySteps } from './query-response.ts'
import { type TlsBlock, type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'

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

const streamFields = {
  tls: withDefault(z.boolean(), false, 'TLS from the first byte.'),
  tls_config: optional(tlsBlock, 'TLS towards the target, from the first byte or by `starttls`.'),
  query_response: queryResponseField,
}

export const tcpBlock = z.strictObject({ ...ipFields, ...streamFields }).meta({ id: 'tcp' })
export const unixBlock = z.strictObject(streamFields).meta({ id: 'unix' })

export function toTcpModule(base: ModuleBase, block: z.output<typeof tcpBlock>, resolvePath: ResolvePath): TcpModule {
  return { prober: 'tcp', ...base, ...toIpOptions(block), ...toStreamOptions(block, resolvePath) }
}

export function toUnixModule(
  base: ModuleBase,
  block: z.output<typeof unixBlock>,
  resolvePath: ResolvePath,
): UnixModule {
  return { prober: 'unix', ...base, ...toStreamOptions(block, resolvePath) }
}

interface StreamBlock {
  readonly tls: boolean
  readonly tls_config?: TlsBlock | undefined
  readonly query_response: readonly StepBlock[]
}

function toStreamOptions(block: StreamBlock, resolvePath: ResolvePath): StreamOptions {
  return {
    useTls: block.tls,
    tls: toTlsConfig(block.tls_config, resolvePath),
    queryResponse: toQuerySteps(block.query_response),
  }
}
