import { z } from 'zod'
import { optional, type Report, rules, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { isOfTheCall } from './grpc-call.ts'
import { entriesOf } from './headers.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'
import { type TraceOptions, toTrace, traceField } from './tracing.ts'

export interface GrpcModule extends IpModuleBase {
  readonly prober: 'grpc'
  /** Empty: the server as a whole. */
  readonly service: string
  readonly useTls: boolean
  readonly tls: TlsConfig
  /** Names in lower case; values of names that end in `-bin` are sent in base64. */
  readonly metadata: readonly { readonly name: string; readonly values: readonly string[] }[]
  /** undefined: nothing is sent. */
  readonly trace: TraceOptions | undefined
}

/** gRPC over HTTP/2, "Requests": Header-Name, before it is put in lower case. */
const METADATA_NAME = /^[\w.-]+$/
/** The same: ASCII-Value. Those of `-bin` names may be anything. */
const METADATA_VALUE = /^[\x20-\x7e]*$/

export const grpcBlock = rules(
  z.strictObject({
    service: withDefault(z.string(), '', 'Service to ask the health of; `""` is the server as a whole.', {
      examples: ['my.package.Service'],
    }),
    tls: withDefault(z.boolean(), false, 'TLS towards the target.'),
    tls_config: optional(tlsBlock, 'Options of it.'),
    ...ipFields,
    metadata: withDefault(
      z.record(z.string(), z.array(z.string())),
      {},
      'Metadata of the request: name to list of values. Masked.',
      { writeOnly: true, examples: [{ 'x-tenant': ['web'] }] },
    ),
    trace: traceField('Send `traceparent` (W3C) as metadata. One under `metadata` is sent instead.'),
  }),
  checkMetadata,
).meta({ id: 'grpc' })

/** What a module without the block has: blackbox_exporter then does not fall back. Within a block it does. */
export const NO_GRPC_BLOCK = { ip_protocol_fallback: false }

function checkMetadata({ metadata }: Readonly<Record<string, unknown>>, report: Report): void {
  const seen = new Map<string, string>()
  for (const [name, values] of entriesOf(metadata)) {
    const lower = name.toLowerCase()
    const twin = seen.get(lower)
    const at = ['metadata', name]
    if (isOfTheCall(name)) continue
    if (!METADATA_NAME.test(name)) report(at, 'is no name of metadata; use letters, digits, "_", "-" and "."')
    else if (twin !== undefined) report(at, `is the same name as ${JSON.stringify(twin)}; keep one`)
    seen.set(lower, name)
    if (lower.endsWith('-bin') || !Array.isArray(values)) continue
    for (const [index, value] of values.entries()) {
      if (typeof value !== 'string' || METADATA_VALUE.test(value)) continue
      report([...at, index], 'holds more than printable ASCII; encode it, or end the name in -bin')
    }
  }
}

export function toGrpcModule(
  base: ModuleBase,
  block: z.output<typeof grpcBlock>,
  resolvePath: ResolvePath,
): GrpcModule {
  return {
    prober: 'grpc',
    ...base,
    ...toIpOptions(block),
    service: block.service,
    useTls: block.tls,
    tls: toTlsConfig(block.tls_config, resolvePath),
    metadata: Object.entries(block.metadata).map(([name, values]) => ({ name: name.toLowerCase(), values })),
    trace: toTrace(block.trace),
  }
}
