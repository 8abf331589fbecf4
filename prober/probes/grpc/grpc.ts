import type { GrpcModule } from '../../config/schema.ts'
import { failure } from '../../net/outcome.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { probed } from '../probing.ts'
import type { GrpcResult } from '../result.ts'

export async function probeGrpc(
  request: ProbeRequest,
  _module: GrpcModule,
  network: Network,
  parent: AbortSignal,
): Promise<GrpcResult> {
  const base = await probed(request, request.target, network, parent, async () =>
    failure('prepare', 'internal', 'not built yet'),
  )
  return { ...base, prober: 'grpc', grpc: { ssl: false, statusCode: 0, servingStatus: undefined } }
}
