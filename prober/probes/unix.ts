import type { UnixModule } from '../config/schema.ts'
import { failure } from '../net/outcome.ts'
import type { Network, ProbeRequest } from './probe.ts'
import { probed } from './probing.ts'
import type { UnixResult } from './result.ts'

export async function probeUnix(
  request: ProbeRequest,
  _module: UnixModule,
  network: Network,
  parent: AbortSignal,
): Promise<UnixResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return {
    ...base,
    prober: 'unix',
    stream: {
      connected: false,
      failedDueToRegex: false,
      failedDueToBytes: false,
      expectInfo: undefined,
      failedStep: undefined,
    },
  }
}
