import type { TcpModule } from '../config/schema.ts'
import type { Outcome } from '../net/outcome.ts'
import { hostPortText, parseHostPort, shownHostPort } from './host-port.ts'
import type { Network, ProbeRequest } from './probe.ts'
import { type Probing, probed } from './probing.ts'
import { dial, lookUp, type ReachParts } from './reach.ts'
import type { TcpResult } from './result.ts'
import { noStreamFindings, phaseAfterConnect, prepareTls, type StreamFindings, talk } from './stream/stream.ts'

export function probeTcp(
  request: ProbeRequest,
  module: TcpModule,
  network: Network,
  parent: AbortSignal,
): Promise<TcpResult> {
  const stream = noStreamFindings()
  return probed(
    request,
    shownHostPort(request.target),
    network,
    parent,
    (probing) => ask(request, module, stream, probing),
    (base) => ({ ...base, prober: 'tcp', stream }),
  )
}

async function ask(
  request: ProbeRequest,
  module: TcpModule,
  facts: StreamFindings,
  probing: Probing,
): Promise<Outcome> {
  const target = parseHostPort(request.target)
  if (!target.ok) return target
  const { host, port } = target
  const { network, signal, watch, log, findings } = probing
  log.debug('Beginning probe', { target: hostPortText(target), timeout_seconds: request.timeoutSeconds })
  const prepared = await prepareTls(module, probing)
  if (!prepared.ok) return prepared
  const parts: ReachParts = { network, clock: watch, signal }
  log.debug('Resolving target address', { target: host, ip_protocol: `ip${module.ip.preferred}` })
  const found = await lookUp(host, module.ip, findings, parts)
  if (!found.ok) return found
  const { address } = found
  log.debug(`Dialing TCP ${module.useTls ? 'with' : 'without'} TLS`, { target: host, ip: address.ip, port })
  const dialled = await dial(address, port, module.sourceIp, phaseAfterConnect(module), parts)
  if (!dialled.ok) return dialled
  const serverName = module.tls.serverName ?? request.hostname ?? host
  return await talk(dialled.socket, { options: module, context: prepared.context, serverName }, facts, probing)
}
