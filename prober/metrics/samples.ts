/** Results become metrics here and nowhere else. Pure: its test needs no network. */
import { PHASES_OF, type Result } from '../probes/result.ts'
import type { ProbeMetricName } from './catalogue.ts'
import { eachAddressSamples } from './samples/each-address.ts'
import { dnsSamples } from './samples/dns.ts'
import { grpcSamples } from './samples/grpc.ts'
import { httpSamples } from './samples/http.ts'
import { icmpSamples } from './samples/icmp.ts'
import { streamSamples } from './samples/stream.ts'
import { websocketSamples } from './samples/websocket.ts'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly name: ProbeMetricName
  /** Of a histogram's samples; its buckets have the label `le` beside those of the catalogue. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly value: number
  readonly labels?: Labels
}

/** Samples of one name stand together, as the exposition formats demand. */
export function samples(result: Result): Sample[] {
  return [...commonSamples(result), ...eachAddressSamples(result), ...protocolSamples(result)]
}

/** Of a probe that was asked for; a scheduled target's is that of its whole run. */
export function overloadedSample({ disturbance }: Result): Sample {
  return { name: 'prober_overloaded', value: disturbance === undefined ? 0 : 1 }
}

function protocolSamples(result: Result): Sample[] {
  switch (result.prober) {
    case 'http':
      return httpSamples(result)
    case 'tcp':
    case 'unix':
      return streamSamples(result)
    case 'dns':
      return dnsSamples(result)
    case 'icmp':
      return icmpSamples(result)
    case 'grpc':
      return grpcSamples(result)
    case 'websocket':
      return websocketSamples(result)
  }
}

function commonSamples({ prober, outcome, durationSeconds, timeoutSeconds, phases }: Result): Sample[] {
  const list: Sample[] = [
    { name: 'probe_success', value: outcome.ok ? 1 : 0 },
    { name: 'probe_duration_seconds', value: durationSeconds },
    { name: 'probe_timeout_seconds', value: timeoutSeconds },
  ]
  if (!outcome.ok) {
    list.push({ name: 'probe_failure_info', value: 1, labels: { phase: outcome.phase, reason: outcome.reason } })
  }
  for (const phase of PHASES_OF[prober]) {
    list.push({ name: 'probe_phase_duration_seconds', value: phases[phase] ?? 0, labels: { phase } })
  }
  return list
}
