import type { IcmpResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

export function icmpSamples(result: IcmpResult): Sample[] {
  return [...addressSamples(result), ...tlsSamples(result)]
}
