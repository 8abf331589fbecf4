import type { Result } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'

/** Of a name whose addresses are all probed. */
export function eachAddressSamples({ addresses }: Result): Sample[] {
  if (addresses === undefined) return []
  const healthy = addresses.filter(({ outcome }) => outcome.ok).length
  return [
    { name: 'probe_addresses', value: addresses.length },
    { name: 'probe_addresses_healthy', value: healthy },
    ...addresses.map(({ address: { ip }, outcome }): Sample => {
      return { name: 'probe_address_success', value: outcome.ok ? 1 : 0, labels: { ip } }
    }),
    ...addresses.map(({ address: { ip }, durationSeconds }): Sample => {
      return { name: 'probe_address_duration_seconds', value: durationSeconds, labels: { ip } }
    }),
  ]
}
