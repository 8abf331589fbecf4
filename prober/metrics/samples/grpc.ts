import type { GrpcResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

export function grpcSamples(result: GrpcResult): Sample[] {
  return [...addressSamples(result), ...tlsSamples(result)]
}
