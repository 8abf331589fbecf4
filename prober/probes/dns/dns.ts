import type { DnsModule } from '../../config/schema.ts'
import { failure } from '../../net/outcome.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { probed } from '../probing.ts'
import type { DnsResult } from '../result.ts'

export async function probeDns(
  request: ProbeRequest,
  module: DnsModule,
  network: Network,
  parent: AbortSignal,
): Promise<DnsResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return {
    ...base,
    prober: 'dns',
    dns: {
      queryName: module.queryName,
      queryType: module.queryType,
      transport: undefined,
      querySucceeded: false,
      rcode: undefined,
      answerCount: 0,
      authorityCount: 0,
      additionalCount: 0,
      serial: undefined,
      authenticated: false,
      truncated: false,
      records: [],
    },
  }
}
