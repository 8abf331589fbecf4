import type { TcpModule } from '../config/schema.ts'
import { failure } from '../net/outcome.ts'
import type { Network, ProbeRequest } from './probe.ts'
import { probed } from './probing.ts'
import type { TcpResult } from './result.ts'

export async function probeTcp(
  request: ProbeRequest,
  _module: TcpModule,
  network: Network,
  parent: AbortSignal,
): Promise<TcpResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return {
    ...base,
    prober: 'tcp',
    stream: {
      connected: false,
      failedDueToRegex: false,
      failedDueToBytes: false,
      expectInfo: undefined,
      failedStep: undefined,
    },
  }
}
