import type { TcpResult, UnixResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

export function streamSamples(result: TcpResult | UnixResult): Sample[] {
  return [...addressSamples(result), ...tlsSamples(result)]
}
