import type { Phase } from '../../net/outcome.ts'
import type { StreamFacts, TcpResult, UnixResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

const TCP_PHASES = ['resolve', 'connect', 'tls', 'dialogue'] as const satisfies readonly Phase[]
const UNIX_PHASES = ['connect', 'tls', 'dialogue'] as const satisfies readonly Phase[]

export function streamSamples(result: TcpResult | UnixResult): Sample[] {
  return [
    ...addressSamples(result),
    ...durationSamples(result),
    ...dialogueSamples(result.stream),
    ...tlsSamples(result),
  ]
}

function durationSamples({ prober, phases }: TcpResult | UnixResult): Sample[] {
  const isTcp = prober === 'tcp'
  const name = isTcp ? 'probe_tcp_duration_seconds' : 'probe_unix_duration_seconds'
  const shown = isTcp ? TCP_PHASES : UNIX_PHASES
  return shown.map((phase) => ({ name, value: phases[phase] ?? 0, labels: { phase } }))
}

function dialogueSamples(stream: StreamFacts): Sample[] {
  const list: Sample[] = []
  if (stream.connected) {
    list.push(
      { name: 'probe_failed_due_to_regex', value: stream.failedDueToRegex ? 1 : 0 },
      { name: 'probe_failed_due_to_bytes', value: stream.failedDueToBytes ? 1 : 0 },
    )
  }
  if (stream.failedStep !== undefined) list.push({ name: 'probe_failed_step', value: stream.failedStep })
  if (stream.expectInfo !== undefined) list.push({ name: 'probe_expect_info', value: 1, labels: stream.expectInfo })
  return list
}
