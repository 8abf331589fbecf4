import type { IcmpFacts, IcmpResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'

/** blackbox_exporter's phases; 0 for those that were not reached. */
const PHASES = ['resolve', 'setup', 'rtt'] as const

export function icmpSamples(result: IcmpResult): Sample[] {
  const { phases, icmp } = result
  return [
    ...addressSamples(result),
    ...PHASES.map((phase): Sample => {
      return { name: 'probe_icmp_duration_seconds', value: phases[phase] ?? 0, labels: { phase } }
    }),
    ...packetSamples(icmp),
    ...roundTripSamples(icmp),
  ]
}

function packetSamples({ sent, received, replyHopLimit }: IcmpFacts): Sample[] {
  const list: Sample[] = []
  if (replyHopLimit !== undefined) list.push({ name: 'probe_icmp_reply_hop_limit', value: replyHopLimit })
  list.push({ name: 'probe_icmp_packets_sent', value: sent }, { name: 'probe_icmp_packets_received', value: received })
  if (sent > 0) list.push({ name: 'probe_icmp_loss_ratio', value: (sent - received) / sent })
  return list
}

/** Upper bounds in seconds, from a rack to a satellite; the text is that of OpenMetrics, so that both formats agree. */
const BUCKETS: readonly (readonly [number, string])[] = [
  [0.0005, '0.0005'],
  [0.001, '0.001'],
  [0.0025, '0.0025'],
  [0.005, '0.005'],
  [0.01, '0.01'],
  [0.025, '0.025'],
  [0.05, '0.05'],
  [0.1, '0.1'],
  [0.25, '0.25'],
  [0.5, '0.5'],
  [1, '1.0'],
  [2.5, '2.5'],
  [Number.POSITIVE_INFINITY, '+Inf'],
]

function roundTripSamples({ packetCount, roundTripSeconds }: IcmpFacts): Sample[] {
  if (packetCount < 2) return []
  const name = 'probe_icmp_round_trip_seconds'
  const sum = roundTripSeconds.reduce((total, seconds) => total + seconds, 0)
  return [
    ...BUCKETS.map(([most, le]): Sample => {
      const value = roundTripSeconds.filter((seconds) => seconds <= most).length
      return { name, suffix: '_bucket', value, labels: { le } }
    }),
    { name, suffix: '_sum', value: sum },
    { name, suffix: '_count', value: roundTripSeconds.length },
  ]
}
