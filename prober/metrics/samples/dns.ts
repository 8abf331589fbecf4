import type { DnsResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

export function dnsSamples(result: DnsResult): Sample[] {
  return [...addressSamples(result), ...tlsSamples(result)]
}
