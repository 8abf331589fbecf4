/** A grpc module by hand, and probes with it. */
import type { GrpcModule } from '../../../prober/config/schema.ts'
import type { ProbeRequest } from '../../../prober/probes/probe.ts'
import type { GrpcResult } from '../../../prober/probes/result.ts'
import { NO_TLS_OPTIONS, testProbe } from './http-module.ts'

const DEFAULTS: GrpcModule = {
  prober: 'grpc',
  timeoutSeconds: 0,
  resolver: undefined,
  addresses: 'one',
  sourceIp: undefined,
  ip: { preferred: 4, fallback: true },
  service: '',
  useTls: false,
  tls: NO_TLS_OPTIONS,
  metadata: [],
  trace: undefined,
}

export function grpcModule(overrides: Partial<GrpcModule> = {}): GrpcModule {
  return { ...DEFAULTS, ...overrides }
}

const probe = testProbe()

export async function run(
  target: string,
  module: Partial<GrpcModule> = {},
  request: Partial<ProbeRequest> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<GrpcResult> {
  const result = await probe({ target, module: grpcModule(module), timeoutSeconds: 5, ...request }, signal)
  if (result.prober !== 'grpc') throw new Error(`a ${result.prober} result`)
  return result
}
