import type { Result } from '../../probes/result.ts'
import { fnv1a32 } from '../../wire/fnv1a.ts'
import { addressBytes } from '../../wire/ip-address.ts'
import type { Sample } from '../samples.ts'

/** All three are there as soon as blackbox_exporter starts to look for an address: 0 when it found none. */
export function addressSamples({ lookupSeconds, address }: Result): Sample[] {
  if (lookupSeconds === undefined && address === undefined) return []
  return [
    { name: 'probe_dns_lookup_time_seconds', value: lookupSeconds ?? 0 },
    { name: 'probe_ip_protocol', value: address?.family ?? 0 },
    { name: 'probe_ip_addr_hash', value: address === undefined ? 0 : fnv1a32(addressBytes(address.ip)) },
  ]
}
