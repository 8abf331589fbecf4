/** A module of any prober: its block in the file, and what is made of it. */
import { z } from 'zod'
import type { CelProgram } from './cel.ts'
import { type DnsModule, dnsBlock, NO_DNS_BLOCK, toDnsModule } from './dns-module.ts'
import { required, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { type GrpcModule, grpcBlock, NO_GRPC_BLOCK, toGrpcModule } from './grpc-module.ts'
import { type HttpModule, httpBlock, toHttpModule } from './http-module.ts'
import { type IcmpModule, icmpBlock, toIcmpModule } from './icmp-module.ts'
import { baseFields, toModuleBase } from './module-base.ts'
import { nearest } from './nearest.ts'
import { type TcpModule, tcpBlock, toTcpModule, toUnixModule, type UnixModule, unixBlock } from './tcp-module.ts'
import { toWebsocketModule, type WebsocketModule, websocketBlock } from './websocket-module.ts'

export type Module = HttpModule | TcpModule | UnixModule | DnsModule | IcmpModule | GrpcModule | WebsocketModule

export const PROBERS = ['http', 'tcp', 'dns', 'icmp', 'grpc', 'unix', 'websocket'] as const
export type ProberName = (typeof PROBERS)[number]

const prober = z.enum(PROBERS, {
  error: ({ input }) => {
    if (input === undefined) return 'is missing; add "prober: http"'
    const guess = typeof input === 'string' ? nearest(input, PROBERS) : undefined
    const write = guess === undefined ? `one of ${PROBERS.join(', ')}` : JSON.stringify(guess)
    return `${typeof input === 'string' ? JSON.stringify(input) : 'this'} is no prober; write ${write}`
  },
})

export const moduleBlock = z
  .strictObject({
    prober: required(prober, 'How to probe: `http`, `tcp`, `dns`, `icmp`, `grpc`, `unix` or `websocket`.', {
      examples: ['http'],
    }),
    ...baseFields,
    http: withDefault(httpBlock, {}, 'Options of the prober `http`.'),
    tcp: withDefault(tcpBlock, {}, 'Options of the prober `tcp`.'),
    dns: withDefault(dnsBlock, NO_DNS_BLOCK, 'Options of the prober `dns`. Without them it asks for the root, `.`.'),
    icmp: withDefault(icmpBlock, {}, 'Options of the prober `icmp`.'),
    grpc: withDefault(
      grpcBlock,
      NO_GRPC_BLOCK,
      'Options of the prober `grpc`. Without them `ip_protocol_fallback` is false, as in blackbox_exporter.',
    ),
    unix: withDefault(unixBlock, {}, 'Options of the prober `unix`.'),
    websocket: withDefault(websocketBlock, {}, 'Options of the prober `websocket`.'),
  })
  .meta({ id: 'module', examples: [{ prober: 'http' }] })

export type ModuleBlock = z.output<typeof moduleBlock>

/** Blocks of other probers than its own are read, so that they are right, and do nothing. */
export function toModule(
  block: ModuleBlock,
  resolvePath: ResolvePath,
  celProgram: (source: string) => CelProgram | undefined,
): Module {
  const base = toModuleBase(block)
  switch (block.prober) {
    case 'http':
      return toHttpModule(base, block.http, resolvePath, celProgram)
    case 'tcp':
      return toTcpModule(base, block.tcp, resolvePath)
    case 'dns':
      return toDnsModule(base, block.dns, resolvePath)
    case 'icmp':
      return toIcmpModule(base, block.icmp)
    case 'grpc':
      return toGrpcModule(base, block.grpc, resolvePath)
    case 'unix':
      return toUnixModule(base, block.unix, resolvePath)
    case 'websocket':
      return toWebsocketModule(base, block.websocket, resolvePath)
  }
}
