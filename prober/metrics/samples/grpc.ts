import type { Phase } from '../../net/outcome.ts'
import { type GrpcResult, SERVING_STATUSES } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

/** All that blackbox_exporter's `check` spans, from the connection to the end of the call. */
const CHECK_PHASES = ['connect', 'tls', 'processing', 'transfer', 'check'] as const satisfies readonly Phase[]

export function grpcSamples(result: GrpcResult): Sample[] {
  const { ssl, statusCode } = result.grpc
  return [
    ...addressSamples(result),
    ...durationSamples(result),
    { name: 'probe_grpc_ssl', value: ssl ? 1 : 0 },
    { name: 'probe_grpc_status_code', value: statusCode },
    ...servingSamples(result),
    ...tlsSamples(result),
  ]
}

/** `resolve` is 0 before a lookup; `check` and the serving status are there once an address is known. */
function durationSamples({ address, phases }: GrpcResult): Sample[] {
  const name = 'probe_grpc_duration_seconds'
  const resolve: Sample = { name, value: phases.resolve ?? 0, labels: { phase: 'resolve' } }
  if (address === undefined) return [resolve]
  const value = CHECK_PHASES.reduce((sum, phase) => sum + (phases[phase] ?? 0), 0)
  return [resolve, { name, value, labels: { phase: 'check' } }]
}

function servingSamples({ address, grpc }: GrpcResult): Sample[] {
  if (address === undefined) return []
  return SERVING_STATUSES.map((status) => ({
    name: 'probe_grpc_healthcheck_response',
    value: status === grpc.servingStatus ? 1 : 0,
    labels: { serving_status: status },
  }))
}
