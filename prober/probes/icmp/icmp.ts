import type { IcmpModule } from '../../config/schema.ts'
import { failure } from '../../net/outcome.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { probed } from '../probing.ts'
import type { IcmpResult } from '../result.ts'

export async function probeIcmp(
  request: ProbeRequest,
  _module: IcmpModule,
  network: Network,
  parent: AbortSignal,
): Promise<IcmpResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return { ...base, prober: 'icmp', icmp: { sent: 0, received: 0, roundTripSeconds: [], replyHopLimit: undefined } }
}
