import type { WebsocketResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

export function websocketSamples(result: WebsocketResult): Sample[] {
  return [...addressSamples(result), ...tlsSamples(result)]
}
