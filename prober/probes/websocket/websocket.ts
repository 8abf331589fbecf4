import type { WebsocketModule } from '../../config/schema.ts'
import { failure } from '../../net/outcome.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { probed } from '../probing.ts'
import type { WebsocketResult } from '../result.ts'

export async function probeWebsocket(
  request: ProbeRequest,
  _module: WebsocketModule,
  network: Network,
  parent: AbortSignal,
): Promise<WebsocketResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return {
    ...base,
    prober: 'websocket',
    websocket: { upgraded: false, statusCode: 0, failedDueToRegex: false, failedStep: undefined },
  }
}
