import type { Phase } from '../../net/outcome.ts'
import type { WebsocketResult } from '../../probes/result.ts'
import type { Sample } from '../samples.ts'
import { addressSamples } from './address.ts'
import { tlsSamples } from './tls.ts'

/** blackbox_exporter's phases, and which of ours each spans. */
const SHOWN_PHASES = {
  resolve: ['resolve'],
  connect: ['connect'],
  processing: ['tls', 'processing'],
  transfer: ['dialogue'],
} as const satisfies Readonly<Record<string, readonly Phase[]>>

export function websocketSamples(result: WebsocketResult): Sample[] {
  const { upgraded, statusCode, failedDueToRegex } = result.websocket
  return [
    ...addressSamples(result),
    { name: 'probe_websocket_connection_upgraded', value: upgraded ? 1 : 0 },
    { name: 'probe_websocket_status_code', value: statusCode },
    { name: 'probe_websocket_failed_due_to_regex', value: failedDueToRegex ? 1 : 0 },
    ...durationSamples(result),
    ...tlsSamples(result),
  ]
}

/** As reached. */
function durationSamples({ phases }: WebsocketResult): Sample[] {
  return Object.entries(SHOWN_PHASES).flatMap(([phase, spanned]): Sample[] => {
    const reached = spanned.filter((each) => phases[each] !== undefined)
    if (reached.length === 0) return []
    const value = reached.reduce((sum, each) => sum + (phases[each] ?? 0), 0)
    return [{ name: 'probe_websocket_duration_seconds', value, labels: { phase } }]
  })
}
